package dev.rowan.snapshot;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.dialects.MetaRow;
import dev.rowan.lease.LeaseRows;
import dev.rowan.maintenance.AlarmRows;
import dev.rowan.proto.authpb.Role;
import dev.rowan.proto.authpb.User;
import dev.rowan.proto.etcdserverpb.AlarmMember;
import dev.rowan.snapshot.bolt.DamagedException;
import org.jspecify.annotations.Nullable;

/**
 * What a store keeps beside its keys and a snapshot takes along: the bucket of meta rows, which has
 * etcd's name, and how a row's content differs from etcd's. The id is etcd's key everywhere.
 */
public enum Kept {
  LEASE(LeaseRows.BUCKET) {
    @Override
    ByteString exported(ByteString id, ByteString blob) {
      return StoredLease.encode(LeaseRows.leaseId(id), LeaseRows.ttlSeconds(blob));
    }

    @Override
    ByteString restored(ByteString id, ByteString value) throws DamagedException {
      StoredLease lease = StoredLease.decode(value);
      if (id.size() != Long.BYTES || LeaseRows.leaseId(id) != lease.leaseId()) {
        throw new DamagedException("it is damaged: a lease has another id than its key");
      }
      return LeaseRows.blob(lease.leaseId(), lease.ttlSeconds());
    }
  },
  ALARM(AlarmRows.BUCKET) {
    @Override
    ByteString exported(ByteString id, ByteString blob) {
      return ByteString.EMPTY;
    }

    @Override
    ByteString restored(ByteString id, ByteString value) throws DamagedException {
      check("an alarm", () -> AlarmMember.parseFrom(id));
      return AlarmRows.blob();
    }
  },
  AUTH("auth") {
    @Override
    ByteString restored(ByteString id, ByteString value) throws DamagedException {
      if (value.size() != 1 && value.size() != Long.BYTES) {
        throw new DamagedException("it is damaged: the state of users and roles");
      }
      return value;
    }
  },
  USER("authUsers") {
    @Override
    ByteString restored(ByteString id, ByteString value) throws DamagedException {
      check("a user", () -> User.parseFrom(value));
      return value;
    }
  },
  ROLE("authRoles") {
    @Override
    ByteString restored(ByteString id, ByteString value) throws DamagedException {
      check("a role", () -> Role.parseFrom(value));
      return value;
    }
  };

  /** Reads a message. */
  private interface Reading {
    Object read() throws InvalidProtocolBufferException;
  }

  private static void check(String what, Reading reading) throws DamagedException {
    try {
      var _ = reading.read();
    } catch (InvalidProtocolBufferException e) {
      throw new DamagedException("it is damaged: " + what + " cannot be read");
    }
  }

  final String bucket;

  Kept(String bucket) {
    this.bucket = bucket;
  }

  /** What a bucket holds; null if it isn't kept. */
  public static @Nullable Kept of(String bucket) {
    for (Kept kept : values()) {
      if (kept.bucket.equals(bucket)) {
        return kept;
      }
    }
    return null;
  }

  /** A meta row's content as etcd's. */
  ByteString exported(ByteString id, ByteString blob) {
    return blob;
  }

  /** etcd's content as a meta row's. */
  ByteString restored(ByteString id, ByteString value) throws DamagedException {
    return value;
  }

  MetaRow row(ByteString id, ByteString value) throws DamagedException {
    return new MetaRow(bucket, id, restored(id, value));
  }
}
