package dev.rowan.dialects;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import javax.sql.DataSource;

/** The few connections that an instance keeps to its database. */
public final class Pool {
  /** One or two append, two answer reads, two look for the head; what takes long makes its own. */
  private static final int CONNECTIONS = 5;

  /** How long a call waits for a connection before it is refused. */
  private static final Duration CONNECTION_WAIT = Duration.ofSeconds(3);

  /** How often an unused connection is tried, so that neither firewall nor server forgets it. */
  private static final Duration KEEPALIVE = Duration.ofMinutes(1);

  /** HikariCP's name for {@link #UNTRIED}; it reads it once. */
  private static final String UNTRIED_MILLIS = "com.zaxxer.hikari.aliveBypassWindowMs";

  /**
   * For how long after its last use a connection is given out untried: with the half second that is
   * HikariCP's own, an idle instance would ask the server twice as often.
   */
  private static final Duration UNTRIED = Duration.ofSeconds(5);

  private Pool() {}

  /** Opens a pool; connects to nothing yet. */
  public static HikariDataSource open(DataSource source) {
    System.setProperty(UNTRIED_MILLIS, Long.toString(UNTRIED.toMillis()));
    HikariConfig config = new HikariConfig();
    config.setPoolName("rowan-database");
    config.setDataSource(source);
    config.setMaximumPoolSize(CONNECTIONS);
    config.setConnectionTimeout(CONNECTION_WAIT.toMillis());
    config.setKeepaliveTime(KEEPALIVE.toMillis());
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }
}
