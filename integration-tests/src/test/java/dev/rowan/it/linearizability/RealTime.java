package dev.rowan.it.linearizability;

import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Whether the one order agrees with the clock: what was over comes before what began later. */
final class RealTime {
  private final List<Sighting> sightings;
  private final long[] firstSeen;

  /**
   * Takes what clients saw.
   *
   * @param last the log's last revision
   */
  RealTime(List<Sighting> sightings, long last) {
    this.sightings = sightings.stream().sorted(Comparator.comparingLong(Sighting::time)).toList();
    firstSeen = new long[(int) last + 2];
    java.util.Arrays.fill(firstSeen, Long.MAX_VALUE);
    for (Sighting sighting : sightings) {
      int revision = (int) Math.min(last, sighting.place() / 2);
      firstSeen[revision] = Math.min(firstSeen[revision], sighting.time());
    }
    for (int revision = (int) last; revision > 0; revision--) {
      firstSeen[revision - 1] = Math.min(firstSeen[revision - 1], firstSeen[revision]);
    }
  }

  /** When somebody was first told of a revision, or of a later one. */
  long firstSeen(long revision) {
    return firstSeen[(int) revision];
  }

  /** Adds a finding for each that began after somebody had seen more than it did. */
  void check(List<Placed> operations, List<String> findings) {
    List<Placed> byStart =
        operations.stream()
            .sorted(Comparator.comparingLong(placed -> placed.operation().invoked()))
            .toList();
    @Nullable Sighting furthest = null;
    int next = 0;
    for (Placed placed : byStart) {
      long invoked = placed.operation().invoked();
      for (; next < sightings.size() && sightings.get(next).time() < invoked; next++) {
        Sighting sighting = sightings.get(next);
        if (furthest == null || sighting.place() > furthest.place()) {
          furthest = sighting;
        }
      }
      if (furthest != null && placed.place() < furthest.place()) {
        findings.add(
            "against real time: at revision %d, but begun after revision %d had been seen by %s: %s"
                .formatted(
                    placed.revision(),
                    Objects.requireNonNull(furthest).place() / 2,
                    furthest.by(),
                    placed.operation()));
      }
    }
  }
}
