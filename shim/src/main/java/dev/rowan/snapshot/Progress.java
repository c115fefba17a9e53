package dev.rowan.snapshot;

/** Is told how far a move has come. Called for each row: has to be quick. */
public interface Progress {
  /** For who wants to know nothing. */
  Progress UNTOLD = (done, all) -> {};

  /**
   * Tells.
   *
   * @param done of {@code all}, in a unit that only their ratio makes known
   */
  void at(long done, long all);

  /** Tells of the first or the second half of a move. */
  default Progress half(boolean second) {
    return (done, all) -> at(second ? done + all : done, 2 * all);
  }
}
