package dev.rowan.it.linearizability;

import dev.rowan.it.Client;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.HashKVResponse;
import java.time.Duration;
import java.util.List;

/** Whether in the end every instance holds the same, history and all. */
final class LastHashes {
  /** What an instance has of a compaction's order may be late. */
  private static final Duration SAME_MAX = Duration.ofSeconds(20);

  private record Hash(int hash, long compactRevision) {}

  private LastHashes() {}

  /**
   * Asks every instance, nothing being written meanwhile; returns what is wrong.
   *
   * @param revision that all of them have
   */
  static List<String> check(Subject subject, long revision) {
    long deadline = System.nanoTime() + SAME_MAX.toNanos();
    List<Hash> hashes = ask(subject, revision);
    while (hashes.stream().distinct().count() > 1) {
      if (System.nanoTime() - deadline > 0) {
        return List.of("the hashes to revision " + revision + " differ: " + hashes);
      }
      hashes = ask(subject, revision);
    }
    return List.of();
  }

  private static List<Hash> ask(Subject subject, long revision) {
    HashKVRequest request = HashKVRequest.newBuilder().setRevision(revision).build();
    return subject.instances().stream()
        .map(instance -> {
          try (Client client = instance.client()) {
            HashKVResponse response = client.maintenance().hashKV(request);
            return new Hash(response.getHash(), response.getCompactRevision());
          }
        })
        .toList();
  }
}
