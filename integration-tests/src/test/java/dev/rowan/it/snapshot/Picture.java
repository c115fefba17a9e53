package dev.rowan.it.snapshot;

import com.google.protobuf.ByteString;
import dev.rowan.it.Client;
import dev.rowan.it.Server;
import dev.rowan.it.StreamSession.Received;
import dev.rowan.it.WatchSession;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.LeaseLeasesRequest;
import dev.rowan.proto.etcdserverpb.LeaseStatus;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveResponse;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.Event;
import dev.rowan.proto.mvccpb.KeyValue;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * All that a client can see of a store's keys and leases: the keys now and at each revision since
 * the compact one, the events since, the leases with their keys.
 *
 * @param history for each revision how many keys there were, and a checksum of them
 * @param compacted what reading before the compact revision answers
 */
record Picture(
    List<String> keys,
    Map<Long, String> history,
    String compacted,
    List<String> events,
    Map<Long, String> leases) {

  static Picture of(Server server, long compactRevision) {
    try (Client client = server.client()) {
      RangeResponse now = client.kv().range(Requests.all().build());
      long revision = now.getHeader().getRevision();
      Map<Long, String> history = new TreeMap<>();
      for (long at = compactRevision; at <= revision; at++) {
        RangeResponse then = client.kv().range(Requests.all().setRevision(at).build());
        history.put(
            at,
            then.getCount()
                + " "
                + checksum(then.toBuilder().clearHeader().build().toByteString()));
      }
      return new Picture(
          now.getKvsList().stream().map(Picture::text).toList(),
          history,
          compacted(client, compactRevision),
          events(client, compactRevision, revision),
          leases(client));
    }
  }

  private static String compacted(Client client, long compactRevision) {
    try {
      client.kv().range(Requests.get("l").setRevision(compactRevision - 1).build());
      return "readable";
    } catch (StatusRuntimeException e) {
      return String.valueOf(e.getMessage());
    }
  }

  /** Large values as their checksum: a difference is to be read by a person. */
  private static String text(KeyValue kv) {
    ByteString value = kv.getValue();
    KeyValue.Builder shown = kv.toBuilder();
    if (value.size() > 100) {
      shown.setValue(ByteString.copyFromUtf8(value.size() + " bytes " + checksum(value)));
    }
    return shown.build().toString();
  }

  private static long checksum(ByteString bytes) {
    CRC32C checksum = new CRC32C();
    bytes.asReadOnlyByteBufferList().forEach(checksum::update);
    return checksum.getValue();
  }

  private static List<String> events(Client client, long compactRevision, long revision) {
    List<String> events = new ArrayList<>();
    try (WatchSession watch = client.watch()) {
      watch.create(Requests.watch("\0", Requests.OPEN).setStartRevision(compactRevision));
      long seen = 0;
      while (seen < revision) {
        if (!(watch.next() instanceof Received.Response<WatchResponse>(WatchResponse response))) {
          throw new AssertionError("the watch ended");
        }
        for (Event event : response.getEventsList()) {
          events.add(event.getType() + " " + text(event.getKv()));
          seen = event.getKv().getModRevision();
        }
      }
    }
    return events;
  }

  private static Map<Long, String> leases(Client client) {
    Map<Long, String> leases = new TreeMap<>();
    for (LeaseStatus lease :
        client.lease().leaseLeases(LeaseLeasesRequest.getDefaultInstance()).getLeasesList()) {
      LeaseTimeToLiveResponse found =
          client
              .lease()
              .leaseTimeToLive(
                  LeaseTimeToLiveRequest.newBuilder().setID(lease.getID()).setKeys(true).build());
      List<String> keys =
          found.getKeysList().stream().map(ByteString::toStringUtf8).sorted().toList();
      leases.put(lease.getID(), found.getGrantedTTL() + " s " + keys);
    }
    return leases;
  }
}
