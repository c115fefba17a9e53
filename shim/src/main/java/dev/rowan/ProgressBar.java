package dev.rowan;

import dev.rowan.snapshot.Progress;
import java.io.PrintStream;

/**
 * Draws on a terminal how far a move has come; elsewhere nothing. Not thread safe.
 *
 * <pre>
 * [##########..........................................................]  16%
 * </pre>
 */
final class ProgressBar implements Progress {
  private static final int WIDTH = 60;
  private static final int PERCENT = 100;

  private final PrintStream out;
  private final boolean terminal;
  private long shown = -1;

  ProgressBar(PrintStream out, boolean terminal) {
    this.out = out;
    this.terminal = terminal;
  }

  @Override
  public void at(long done, long all) {
    if (!terminal) {
      return;
    }
    long percent = all <= 0 ? 0 : Math.min(PERCENT, done * PERCENT / all);
    if (percent != shown) {
      shown = percent;
      int full = (int) (percent * WIDTH / PERCENT);
      out.printf("\r[%s%s] %3d%%", "#".repeat(full), ".".repeat(WIDTH - full), percent);
      out.flush();
    }
  }

  /** Leaves the line. */
  void end() {
    if (shown >= 0) {
      out.println();
      shown = -1;
    }
  }
}
