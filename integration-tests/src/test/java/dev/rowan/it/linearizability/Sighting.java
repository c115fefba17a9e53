package dev.rowan.it.linearizability;

/**
 * A moment at which a client knew that the store had come so far.
 *
 * @param time in {@link System#nanoTime}
 * @param place of what was seen, see {@link Placed}
 * @param by whom, for the one who reads a finding
 */
record Sighting(long time, long place, String by) {
  /** Somebody was told of a revision. */
  static Sighting of(long time, long revision, String by) {
    return new Sighting(time, Placed.after(revision), by);
  }
}
