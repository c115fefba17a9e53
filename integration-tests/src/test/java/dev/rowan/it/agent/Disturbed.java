package dev.rowan.it.agent;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.channels.FileChannel;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/** The clock and the disk as a server under test sees them. Called by its redirected classes. */
public final class Disturbed {
  /** Set before any other class of the server is loaded. */
  private static volatile @Nullable Dials dials;

  private Disturbed() {}

  static void turnedBy(Dials shared) {
    dials = shared;
  }

  private static Dials dials() {
    Dials now = dials;
    if (now == null) {
      throw new IllegalStateException("the agent has not started");
    }
    return now;
  }

  /** In the place of {@link System#currentTimeMillis}. */
  public static long currentTimeMillis() {
    return System.currentTimeMillis() + offsetMillis();
  }

  /** In the place of {@link Instant#now()}. */
  public static Instant now() {
    return Instant.now().plusMillis(offsetMillis());
  }

  private static long offsetMillis() {
    long offset = dials().clockMillis();
    if (offset != 0) {
      dials().countClock();
    }
    return offset;
  }

  /** In the place of {@link Clock#systemUTC}. */
  public static Clock clock() {
    return new Wrong(ZoneOffset.UTC);
  }

  /** In the place of {@link Clock#systemDefaultZone}. */
  public static Clock localClock() {
    return new Wrong(ZoneId.systemDefault());
  }

  private static final class Wrong extends Clock {
    private final ZoneId zone;

    Wrong(ZoneId zone) {
      this.zone = zone;
    }

    @Override
    public ZoneId getZone() {
      return zone;
    }

    @Override
    public Clock withZone(ZoneId other) {
      return new Wrong(other);
    }

    @Override
    public Instant instant() {
      return now();
    }
  }

  /** In the place of {@link FileChannel#force}: what is written isn't durable before it is over. */
  public static void force(FileChannel channel, boolean metadata) throws IOException {
    long millis = dials().forceMillis();
    if (millis > 0) {
      dials().countForce();
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw (IOException) new InterruptedIOException("interrupted at the slow disk").initCause(e);
      }
    }
    channel.force(metadata);
  }

  /** In the place of {@link Connection#commit}. */
  public static void commit(Connection connection) throws SQLException {
    long millis = dials().commitMillis();
    if (millis > 0) {
      try {
        Thread.sleep(millis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    connection.commit();
  }
}
