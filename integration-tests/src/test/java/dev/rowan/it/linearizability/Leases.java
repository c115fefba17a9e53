package dev.rowan.it.linearizability;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** The leases that clients share, each of which is granted once. Safe for concurrent use. */
final class Leases {
  /** So many are thought alive, and as many that ended are still used. */
  private static final int KEPT_MAX = 5;

  private final List<Long> all = new ArrayList<>();
  private final List<Long> live = new ArrayList<>();
  private final List<Long> ended = new ArrayList<>();

  /** The id of a lease that is about to be granted. */
  synchronized long create() {
    long id = all.size() + 1L;
    all.add(id);
    live.add(id);
    if (live.size() > KEPT_MAX) {
      live.removeFirst();
    }
    return id;
  }

  /** The id of a lease to be revoked. */
  synchronized long end(SplittableRandom random) {
    long id = any(random);
    if (live.remove(id)) {
      ended.add(id);
      if (ended.size() > KEPT_MAX) {
        ended.removeFirst();
      }
    }
    return id;
  }

  /** A lease that may be there or not; the first if there was none yet. */
  synchronized long any(SplittableRandom random) {
    List<Long> from = ended.isEmpty() || random.nextInt(8) > 0 ? live : ended;
    return from.isEmpty() ? 1 : from.get(random.nextInt(from.size()));
  }

  /** All that were ever asked for. */
  synchronized List<Long> all() {
    return List.copyOf(all);
  }
}
