package dev.rowan.snapshot;

/** Is told how far a move has come. Called for each row: has to be quick. */
public interface Progress {
  /**
   * Tells.
   *
   * @param done of {@code all}, in a unit that only their ratio makes known
   */
  void at(long done, long all);
}
