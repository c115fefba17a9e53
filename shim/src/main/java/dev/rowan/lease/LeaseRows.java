package dev.rowan.lease;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import java.nio.ByteBuffer;

/** How a lease is stored: a meta row with its id and the time to live it was granted with. */
public final class LeaseRows {
  /** The meta bucket of leases. */
  public static final String BUCKET = "lease";

  private LeaseRows() {}

  /** The row's id: the lease's, eight bytes big endian. */
  public static ByteString id(long leaseId) {
    return ByteString.copyFrom(ByteBuffer.allocate(Long.BYTES).putLong(0, leaseId));
  }

  public static long leaseId(ByteString id) {
    return id.asReadOnlyByteBuffer().getLong();
  }

  /** The row's content: the grant that made it, as etcd's message. */
  public static ByteString blob(long leaseId, long ttlSeconds) {
    return LeaseGrantRequest.newBuilder().setID(leaseId).setTTL(ttlSeconds).build().toByteString();
  }

  /**
   * Reads the time to live from a row's content.
   *
   * @throws IllegalStateException if the content is no lease: the store is damaged
   */
  public static long ttlSeconds(ByteString blob) {
    try {
      return LeaseGrantRequest.parseFrom(blob).getTTL();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a lease's row in the meta table is damaged", e);
    }
  }
}
