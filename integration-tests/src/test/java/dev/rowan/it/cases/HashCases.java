package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.OPEN;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.then;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.HashKVResponse;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import java.util.List;
import java.util.Random;

/**
 * M-5: the hash of the key space, which depends on all that a store ever held; so each case has
 * servers of its own. Not compared: revision 0 compacted, of which etcd keeps a hash that it
 * answers to every later request for the newest.
 */
public final class HashCases {
  private static final int RANDOM_OPS = 400;
  private static final long[] SEEDS = {1, 2, 3};

  private HashCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("M-5 the golden vector", HashCases::golden),
        new Case("M-5 hashes of a fresh store, and of revisions it lacks", HashCases::limits),
        new Case("M-5 leases and deletions by them", HashCases::leases),
        new Case("M-5 a store of which nothing is left", HashCases::nothingLeft),
        new Case("M-5 a compaction at a deletion", HashCases::deletionAtCompaction),
        new Case("M-5 the last ten compactions are remembered", HashCases::remembered),
        new Case("M-5 random histories, seed " + SEEDS[0], s -> random(s, SEEDS[0])),
        new Case("M-5 random histories, seed " + SEEDS[1], s -> random(s, SEEDS[1])),
        new Case("M-5 random histories, seed " + SEEDS[2], s -> random(s, SEEDS[2])));
  }

  private static void hash(Side s, long revision) {
    s.call(
        MaintenanceGrpc.getHashKVMethod(),
        HashKVRequest.newBuilder().setRevision(revision).build(),
        HashKVResponse.getDefaultInstance());
  }

  private static void hashes(Side s, long from, long through) {
    for (long revision = from; revision <= through; revision++) {
      hash(s, revision);
    }
    hash(s, 0);
  }

  private static void golden(Side s) {
    s.grant(77, 77);
    s.put(put("a", "1"));
    s.put(put("a", "2"));
    s.put(put("b", "x").setLease(77));
    s.delete(delete("a"));
    s.txn(then(op(put("c", "")), op(put("d", "D")), op(delete("b"))));
    s.put(put("d", "E"));
    hashes(s, 1, 8);
    s.compact(5);
    hashes(s, 1, 8);
  }

  private static void limits(Side s) {
    hashes(s, -2, 3);
    s.compact(1);
    hashes(s, -2, 3);
    s.putAll("a", "b", "c");
    s.compact(3);
    hashes(s, -1, 6);
  }

  private static void leases(Side s) {
    s.grant(100, 11);
    s.grant(100, -12);
    s.put(put("c", "1").setLease(11));
    s.put(put("b", "1").setLease(11));
    s.put(put("a", "1").setLease(-12));
    s.put(put("c", "2").setLease(-12));
    s.revoke(11);
    s.put(put("c", "3").setIgnoreLease(true));
    s.put(put("c", "").setIgnoreValue(true));
    hashes(s, 1, s.rev(8));
    s.revoke(-12);
    s.compact(s.rev(6));
    hashes(s, 1, s.rev(9));
  }

  private static void nothingLeft(Side s) {
    s.putAll("a", "b", "a");
    s.delete(delete("a", OPEN));
    hashes(s, 1, 5);
    s.compact(3);
    hashes(s, 1, 5);
    s.compact(4);
    hashes(s, 1, 5);
    s.compact(5);
    hashes(s, 1, 5);
    s.putAll("c");
    s.delete(delete("c"));
    hashes(s, 1, 8);
    s.compact(7);
    hashes(s, 1, 8);
  }

  private static void deletionAtCompaction(Side s) {
    s.putAll("a", "b");
    s.delete(delete("a"));
    s.txn(then(op(put("a", "1")), op(put("b", "2"))));
    s.txn(then(op(delete("b")), op(put("c", "1"))));
    s.putAll("d", "b");
    s.compact(4);
    hashes(s, 1, 9);
    s.compact(6);
    hashes(s, 1, 9);
  }

  private static void remembered(Side s) {
    for (int i = 1; i <= 14; i++) {
      s.put(put("k" + i % 3, "v" + i));
      s.compact(i + 1);
    }
    hashes(s, 1, 16);
  }

  /**
   * Whether a history has the answers of etcd does not depend on the seeds, which may be changed.
   */
  private static void random(Side s, long seed) {
    Random random = new Random(seed);
    long compacted = 1;
    for (int i = 0; i < RANDOM_OPS; i++) {
      String key = "k" + random.nextInt(12);
      switch (random.nextInt(30)) {
        case 1, 2, 3, 4, 5, 6, 7 -> s.delete(delete(key));
        case 8, 9, 10 -> s.delete(delete(key, "k" + random.nextInt(12)));
        case 11, 12 ->
            s.txn(then(op(put(key, "t" + i)), op(delete("l")), op(put("m" + key, "t" + i))));
        case 13 -> compacted = compact(s, random, compacted);
        default -> s.put(put(key, "v" + i));
      }
    }
    compact(s, random, compacted);
  }

  /** Compacts at a revision after the last, and hashes what can be hashed before and after it. */
  private static long compact(Side s, Random random, long compacted) {
    long newest = s.range(get("z")).getHeader().getRevision();
    if (newest == compacted) {
      return compacted;
    }
    hash(s, compacted + random.nextInt((int) (newest - compacted)));
    long next = compacted + 1 + random.nextInt((int) (newest - compacted));
    s.compact(next);
    hashes(s, next, newest);
    return next;
  }
}
