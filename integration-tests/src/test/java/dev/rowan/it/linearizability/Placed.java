package dev.rowan.it.linearizability;

/**
 * An operation and where in the one order it took effect: a write as its revision, anything else
 * right after the revision that its answer names.
 */
record Placed(Operation operation, long revision, boolean wrote) {
  /**
   * Its place as a number: of a write twice its revision, and one more of what comes between it and
   * the next. What is between the same two writes changes nothing, so its own order is free.
   */
  long place() {
    return wrote ? at(revision) : after(revision);
  }

  static long at(long revision) {
    return 2 * revision;
  }

  static long after(long revision) {
    return 2 * revision + 1;
  }
}
