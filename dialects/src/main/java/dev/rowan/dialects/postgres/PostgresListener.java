package dev.rowan.dialects.postgres;

import dev.rowan.dialects.RevisionLog;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection of its own that waits for the notifications of other instances' appends. Where there
 * is none (the server does not know LISTEN, a pooler keeps it to itself, the connection is lost) it
 * waits for as long as it was told to, and tries to connect again now and then.
 *
 * <p>{@link #await} is called by one thread at a time, the rest by any.
 */
final class PostgresListener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresListener.class);

  static final String CHANNEL = "rowan";

  /** Stands in a notification between who appended and the position of his batch. */
  static final char SEPARATOR = ':';

  /** Pause before a lost connection is made anew. */
  private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

  /** Silence after which the connection is tried, for the other end may be gone without a word. */
  private static final Duration CHECK_AFTER = Duration.ofSeconds(30);

  private static final int CHECK_SECONDS = 5;

  private final DataSource source;
  private final boolean pooled;
  private final long sender = new SecureRandom().nextLong(1, Long.MAX_VALUE);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition closing = lock.newCondition();
  private @Nullable Connection connection;
  private long triedNanos = System.nanoTime() - RETRY_AFTER.toNanos();
  private long heardNanos;
  private volatile boolean closed;
  private volatile boolean served;

  /**
   * @param pooled whether a pooler stands between, which may give the server's connection that
   *     listens to anybody: then nothing is listened to
   */
  PostgresListener(DataSource source, boolean pooled) {
    this.source = source;
    this.pooled = pooled;
  }

  /**
   * Whether to notify others: whether the server has ever let this instance listen, or a pooler
   * keeps from it what others may hear.
   */
  boolean notifies() {
    return pooled || served;
  }

  /** Marks the notifications of this instance, which it does not wait for itself. */
  long sender() {
    return sender;
  }

  /** Waits as {@link RevisionLog#awaitAppend} does. */
  long await(Duration atMost) throws InterruptedException {
    Connection listening = connected();
    if (listening != null) {
      try {
        return heard(listening, atMost);
      } catch (SQLException e) {
        LOG.atDebug().addKeyValue("error", e.getMessage()).log("the listening connection is lost");
        drop(listening);
      }
    }
    pause(atMost);
    return RevisionLog.NOTHING_TOLD;
  }

  private long heard(Connection listening, Duration atMost) throws SQLException {
    PGConnection postgres = listening.unwrap(PGConnection.class);
    long began = System.nanoTime();
    long left = atMost.toNanos();
    while (left > 0 && !closed) {
      // 0 would wait for ever.
      int millis = (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(left));
      PGNotification[] notifications = postgres.getNotifications(millis);
      check(listening, notifications.length > 0);
      long position = newest(notifications);
      if (position != RevisionLog.NOTHING_TOLD) {
        return position;
      }
      left = atMost.toNanos() - (System.nanoTime() - began);
    }
    return RevisionLog.NOTHING_TOLD;
  }

  /** The newest position that others told of. */
  private long newest(PGNotification[] notifications) {
    String own = Long.toString(sender) + SEPARATOR;
    long newest = RevisionLog.NOTHING_TOLD;
    for (PGNotification notification : notifications) {
      String text = notification.getParameter();
      if (!text.startsWith(own)) {
        newest = Math.max(newest, position(text));
      }
    }
    return newest;
  }

  /** Anybody may notify; what is no position tells nothing. */
  private static long position(String text) {
    try {
      return Long.parseLong(text.substring(text.indexOf(SEPARATOR) + 1));
    } catch (NumberFormatException e) {
      LOG.debug("a notification that is not Rowan's", e);
      return RevisionLog.NOTHING_TOLD;
    }
  }

  private void check(Connection listening, boolean heard) throws SQLException {
    long now = System.nanoTime();
    if (!heard && now - heardNanos <= CHECK_AFTER.toNanos()) {
      return;
    }
    if (!heard && !listening.isValid(CHECK_SECONDS)) {
      throw new SQLException("no answer");
    }
    heardNanos = now;
  }

  private @Nullable Connection connected() {
    lock.lock();
    try {
      long now = System.nanoTime();
      if (pooled || closed || connection != null || now - triedNanos < RETRY_AFTER.toNanos()) {
        return connection;
      }
      triedNanos = now;
    } finally {
      lock.unlock();
    }
    Connection made = listen();
    lock.lock();
    try {
      if (!closed) {
        connection = made;
        return made;
      }
    } finally {
      lock.unlock();
    }
    close(made);
    return null;
  }

  private @Nullable Connection listen() {
    Connection made = null;
    try {
      made = source.getConnection();
      try (Statement statement = made.createStatement()) {
        statement.execute("LISTEN " + CHANNEL);
      }
      heardNanos = System.nanoTime();
      served = true;
      return made;
    } catch (SQLException e) {
      LOG.atDebug().addKeyValue("error", e.getMessage()).log("cannot listen; the log is polled");
      close(made);
      return null;
    }
  }

  private void drop(Connection lost) {
    lock.lock();
    try {
      connection = null;
    } finally {
      lock.unlock();
    }
    close(lost);
  }

  private void pause(Duration atMost) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long left = atMost.toNanos();
      while (!closed && left > 0) {
        left = closing.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  private static void close(@Nullable Connection connection) {
    if (connection != null) {
      PostgresDatabase.cut(connection, false);
    }
  }

  @Override
  public void close() {
    Connection open;
    lock.lock();
    try {
      closed = true;
      open = connection;
      connection = null;
      closing.signalAll();
    } finally {
      lock.unlock();
    }
    close(open);
  }
}
