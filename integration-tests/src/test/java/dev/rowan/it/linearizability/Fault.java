package dev.rowan.it.linearizability;

/**
 * Something that goes wrong for a while.
 *
 * @param begin makes it go wrong; returns when it has
 * @param end makes it right again; servers may need a while after
 */
record Fault(String name, Runnable begin, Runnable end) {
  /** Something that happens in a moment. */
  static Fault at(String name, Runnable moment) {
    return new Fault(name, moment, () -> {});
  }
}
