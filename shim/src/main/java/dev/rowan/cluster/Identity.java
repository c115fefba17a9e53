package dev.rowan.cluster;

import dev.rowan.proto.etcdserverpb.ResponseHeader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.function.LongSupplier;

/**
 * Who answers: the ids and the term that every response's header carries (C-5, C-6). The ids are
 * the same after every restart. The term of an instance grows by one with each; that of a member of
 * a quorum is Raft's.
 */
public final class Identity {
  private final long clusterId;
  private final long memberId;
  private final LongSupplier term;

  private Identity(long clusterId, long memberId, LongSupplier term) {
    this.clusterId = clusterId;
    this.memberId = memberId;
    this.term = term;
  }

  /**
   * The identity of an instance of a store.
   *
   * @param clusterId drawn when the store was made
   * @param memberId as {@link #memberId} gives it
   * @param term this run's term, from 2
   */
  public static Identity of(long clusterId, long memberId, long term) {
    return new Identity(clusterId, memberId, () -> term);
  }

  /**
   * The identity of a member of a quorum.
   *
   * @param term Raft's at the moment; asked for each header
   */
  public static Identity of(long clusterId, long memberId, LongSupplier term) {
    return new Identity(clusterId, memberId, term);
  }

  /**
   * The id of an instance of a store.
   *
   * @param name what distinguishes it from the store's other instances
   */
  public static long memberId(long clusterId, String name) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(ByteBuffer.allocate(Long.BYTES).putLong(0, clusterId));
      long id = ByteBuffer.wrap(sha1.digest(name.getBytes(StandardCharsets.UTF_8))).getLong();
      return id == 0 ? 1 : id;
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }

  public long clusterId() {
    return clusterId;
  }

  public long memberId() {
    return memberId;
  }

  public long term() {
    return term.getAsLong();
  }

  /** A whole header, at a revision. */
  public ResponseHeader header(long revision) {
    return ResponseHeader.newBuilder()
        .setClusterId(clusterId)
        .setMemberId(memberId)
        .setRevision(revision)
        .setRaftTerm(term.getAsLong())
        .build();
  }
}
