package dev.rowan.quorum;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Collection;
import java.util.function.LongPredicate;
import java.util.stream.Collectors;

/**
 * The ids of a quorum and its members, as etcd computes them (C-6): from the same flags come the
 * same ids, on each member by itself.
 */
public final class MemberIds {
  private MemberIds() {}

  /**
   * The id of one of a new cluster's first members.
   *
   * @param peerUrls in any order
   * @param token of --initial-cluster-token
   */
  public static long first(Collection<String> peerUrls, String token) {
    return hash((joined(peerUrls) + token).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The id of a member that is added to a cluster: of its URLs and the time, so that who is removed
   * and added again is somebody else.
   *
   * @param taken whether an id is, or ever was, a member's
   */
  public static long added(Collection<String> peerUrls, Instant now, LongPredicate taken) {
    String urls = joined(peerUrls);
    for (long second = now.getEpochSecond(); ; second++) {
      long id = hash((urls + second).getBytes(StandardCharsets.UTF_8));
      if (id != 0 && !taken.test(id)) {
        return id;
      }
    }
  }

  /** The id of a new cluster, by its members' in any order. */
  public static long cluster(Collection<Long> memberIds) {
    ByteBuffer ids = ByteBuffer.allocate(memberIds.size() * Long.BYTES);
    memberIds.stream().sorted(Long::compareUnsigned).forEach(ids::putLong);
    return hash(ids.array());
  }

  private static String joined(Collection<String> peerUrls) {
    return peerUrls.stream().sorted().collect(Collectors.joining());
  }

  /** The first 8 bytes of the SHA-1. */
  private static long hash(byte[] of) {
    try {
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-1").digest(of)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-1", e);
    }
  }
}
