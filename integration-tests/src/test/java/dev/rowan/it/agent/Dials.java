package dev.rowan.it.agent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;

/**
 * What the test and the server's JVM share: a mapped file of numbers. The test turns them, the
 * server looks at them each time, and counts what it did of it. Safe for concurrent use.
 */
public final class Dials {
  private static final int CLOCK_MILLIS = 0;
  private static final int FORCE_MILLIS = 8;
  private static final int COMMIT_MILLIS = 16;
  private static final int CLOCKS = 24;
  private static final int FORCES = 32;
  private static final int BYTES = 40;

  private final MappedByteBuffer numbers;

  private Dials(MappedByteBuffer numbers) {
    this.numbers = numbers;
  }

  /** Those in a file, which is made if it is missing. */
  public static Dials open(Path file) {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      return new Dials(channel.map(MapMode.READ_WRITE, 0, BYTES));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How far the wall clock is from the right time. */
  public void clock(Duration offset) {
    numbers.putLong(CLOCK_MILLIS, offset.toMillis());
  }

  long clockMillis() {
    return numbers.getLong(CLOCK_MILLIS);
  }

  /**
   * How much longer the disk takes.
   *
   * @param force to bring a file there
   * @param commit to take a transaction, which waits for less
   */
  public void disk(Duration force, Duration commit) {
    numbers.putLong(FORCE_MILLIS, force.toMillis());
    numbers.putLong(COMMIT_MILLIS, commit.toMillis());
  }

  long forceMillis() {
    return numbers.getLong(FORCE_MILLIS);
  }

  long commitMillis() {
    return numbers.getLong(COMMIT_MILLIS);
  }

  /** How often the server was told a wrong time. */
  public long clocks() {
    return numbers.getLong(CLOCKS);
  }

  synchronized void countClock() {
    numbers.putLong(CLOCKS, clocks() + 1);
  }

  /** How often the server waited for the slow disk. */
  public long forces() {
    return numbers.getLong(FORCES);
  }

  synchronized void countForce() {
    numbers.putLong(FORCES, forces() + 1);
  }
}
