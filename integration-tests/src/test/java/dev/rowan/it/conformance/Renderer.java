package dev.rowan.it.conformance;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import dev.rowan.proto.etcdserverpb.LeaseLeasesResponse;
import dev.rowan.proto.etcdserverpb.LeaseStatus;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveResponse;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import io.grpc.Status;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.CRC32C;

/**
 * Turns answers into text. Masks what no two servers share, and only that: the ids of cluster and
 * member, the term, tokens (whether each is there still shows), the ids of leases that the server
 * chose (#1, #2 … as they appear), and how many seconds a lease has left. Not thread-safe.
 */
final class Renderer {
  private static final int BYTES_IN_FULL_MAX = 64;

  /** A lease's time left that is this near its granted time is that of a fresh lease. */
  private static final int FRESH_LEASE_SECONDS = 20;

  private static final FieldDescriptor LEASE_ID =
      LeaseStatus.getDescriptor().findFieldByNumber(LeaseStatus.ID_FIELD_NUMBER);

  private static final Set<String> MASKED =
      Set.of(
          "etcdserverpb.ResponseHeader.cluster_id",
          "etcdserverpb.ResponseHeader.member_id",
          "etcdserverpb.ResponseHeader.raft_term",
          "etcdserverpb.AuthenticateResponse.token");

  private static final Set<String> LEASE_IDS =
      Set.of(
          "mvccpb.KeyValue.lease",
          "etcdserverpb.PutRequest.lease",
          "etcdserverpb.Compare.lease",
          "etcdserverpb.LeaseGrantResponse.ID",
          "etcdserverpb.LeaseRevokeRequest.ID",
          "etcdserverpb.LeaseKeepAliveRequest.ID",
          "etcdserverpb.LeaseKeepAliveResponse.ID",
          "etcdserverpb.LeaseTimeToLiveRequest.ID",
          "etcdserverpb.LeaseTimeToLiveResponse.ID",
          "etcdserverpb.LeaseStatus.ID",
          "v3lockpb.LockRequest.lease",
          "v3electionpb.CampaignRequest.lease",
          "v3electionpb.LeaderKey.lease");

  private final Map<Long, String> chosenLeases = new HashMap<>();
  private final boolean leasesInOrder;

  /**
   * Makes one.
   *
   * @param leasesInOrder whether leases are listed in an order, which a follower of etcd's does not
   */
  Renderer(boolean leasesInOrder) {
    this.leasesInOrder = leasesInOrder;
  }

  /** From now on this id, which the server chose, shows as a number in order of appearance. */
  void maskLease(long leaseId) {
    chosenLeases.putIfAbsent(leaseId, "#" + (chosenLeases.size() + 1));
  }

  String text(Message message) {
    return message.getDescriptorForType().getName() + body(normalized(message));
  }

  String text(Status status) {
    return "error " + status.getCode() + " \"" + status.getDescription() + "\"";
  }

  static String text(ByteString bytes) {
    if (bytes.size() > BYTES_IN_FULL_MAX) {
      CRC32C sum = new CRC32C();
      sum.update(bytes.asReadOnlyByteBuffer());
      return "%d bytes, crc %08x".formatted(bytes.size(), sum.getValue());
    }
    StringBuilder text = new StringBuilder("\"");
    for (byte b : bytes.toByteArray()) {
      boolean plain = b >= ' ' && b <= '~' && b != '"' && b != '\\';
      text.append(plain ? String.valueOf((char) b) : "\\x%02x".formatted(b));
    }
    return text.append('"').toString();
  }

  /** What the contract leaves open, brought into one form. */
  private Message normalized(Message message) {
    if (message instanceof LeaseTimeToLiveResponse ttl) {
      List<ByteString> keys =
          ttl.getKeysList().stream()
              .sorted(ByteString.unsignedLexicographicalComparator())
              .toList();
      LeaseTimeToLiveResponse.Builder sorted = ttl.toBuilder().clearKeys().addAllKeys(keys);
      long granted = ttl.getGrantedTTL();
      boolean fresh =
          ttl.getTTL() > 0
              && ttl.getTTL() < granted
              && granted - ttl.getTTL() <= FRESH_LEASE_SECONDS;
      return fresh ? sorted.setTTL(granted - 1).build() : sorted.build();
    }
    if (message instanceof LeaseLeasesResponse list && !leasesInOrder) {
      List<LeaseStatus> sorted =
          list.getLeasesList().stream()
              .sorted(Comparator.comparing(lease -> value(LEASE_ID, lease.getID())))
              .toList();
      return list.toBuilder().clearLeases().addAllLeases(sorted).build();
    }
    if (message instanceof StatusResponse) {
      throw new IllegalArgumentException("a status has a shape, not a text");
    }
    return message;
  }

  private String body(Message message) {
    String fields =
        message.getAllFields().entrySet().stream()
            .map(field -> field(field.getKey(), field.getValue()))
            .collect(Collectors.joining(" "));
    boolean known = message.getUnknownFields().asMap().isEmpty();
    return "{" + fields + (known ? "" : " UNKNOWN FIELDS " + message.getUnknownFields()) + "}";
  }

  private String field(FieldDescriptor field, Object value) {
    if (value instanceof Collection<?> values) {
      return values.stream()
          .map(one -> field.getName() + value(field, one))
          .collect(Collectors.joining(" "));
    }
    return field.getName() + value(field, value);
  }

  private String value(FieldDescriptor field, Object value) {
    if (MASKED.contains(field.getFullName())) {
      return "";
    }
    if (value instanceof Message message) {
      return body(message);
    }
    if (value instanceof ByteString bytes) {
      return ":" + text(bytes);
    }
    if (value instanceof EnumValueDescriptor constant) {
      return ":" + (constant.getIndex() < 0 ? constant.getNumber() : constant.getName());
    }
    if (LEASE_IDS.contains(field.getFullName()) && value instanceof Long leaseId) {
      return ":" + chosenLeases.getOrDefault(leaseId, value.toString());
    }
    return ":" + value;
  }
}
