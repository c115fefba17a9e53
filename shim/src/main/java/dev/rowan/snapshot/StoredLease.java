package dev.rowan.snapshot;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.rowan.snapshot.bolt.DamagedException;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * A lease as etcd stores it: {@code leasepb.Lease}, with its id as field 1 and its time to live as
 * field 2. Field 3, what was left of the time when it was last noted, is not taken over: whoever
 * restores starts every lease with its whole time (L-8), and so does etcd unless told otherwise.
 */
record StoredLease(long leaseId, long ttlSeconds) {
  private static final int ID = 1;
  private static final int TTL = 2;

  static ByteString encode(long leaseId, long ttlSeconds) {
    ByteString.Output bytes = ByteString.newOutput();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      if (leaseId != 0) {
        out.writeInt64(ID, leaseId);
      }
      if (ttlSeconds != 0) {
        out.writeInt64(TTL, ttlSeconds);
      }
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteString();
  }

  static StoredLease decode(ByteString bytes) throws DamagedException {
    CodedInputStream in = bytes.newCodedInput();
    long leaseId = 0;
    long ttlSeconds = 0;
    try {
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case ID -> leaseId = in.readInt64();
          case TTL -> ttlSeconds = in.readInt64();
          default -> {
            if (!in.skipField(tag)) {
              throw new InvalidProtocolBufferException("an end without a start");
            }
          }
        }
      }
    } catch (IOException e) {
      throw new DamagedException("it is damaged: a lease cannot be read");
    }
    return new StoredLease(leaseId, ttlSeconds);
  }
}
