package dev.rowan.dialects;

import java.security.SecureRandom;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * The tables' version, and how a database is brought to it. Each dialect reads the version that a
 * database has by itself and comes here only if that is behind: Flyway's cold start costs 250 to
 * 300 ms.
 */
public final class Schema {
  /** The newest migration of every dialect. */
  public static final int VERSION = 1;

  private Schema() {}

  /**
   * Tells whether a database must be migrated.
   *
   * @param found the database's version, 0 if it has no tables yet
   * @throws LogException.Corrupt if a newer Rowan has written it
   */
  public static boolean behind(int found, String where) throws LogException.Corrupt {
    if (found > VERSION) {
      throw new LogException.Corrupt(
          where
              + " has schema version "
              + found
              + ", written by a newer Rowan; this one knows versions up to "
              + VERSION
              + ". Start the newer Rowan, or restore a backup",
          null);
    }
    return found < VERSION;
  }

  /**
   * Runs the migrations that are missing. Instances that start at the same time wait for each
   * other; a fresh store gets its cluster id and its first head in the same transaction as its
   * tables.
   *
   * @param dialect the folder of the migrations, such as {@code sqlite}
   */
  public static void migrate(DataSource source, String dialect) throws FlywayException {
    migrate(source, dialect, newClusterId());
  }

  /**
   * Likewise, with the cluster id that a fresh store gets.
   *
   * @param clusterId not 0
   */
  public static void migrate(DataSource source, String dialect, long clusterId)
      throws FlywayException {
    flyway(source, dialect, clusterId).migrate();
  }

  /**
   * Forgets a migration that failed half-way, of a database that can't take tables back. Only for
   * migrations that may be done twice.
   */
  public static void repair(DataSource source, String dialect) throws FlywayException {
    flyway(source, dialect, newClusterId()).repair();
  }

  private static Flyway flyway(DataSource source, String dialect, long clusterId) {
    return Flyway.configure(Schema.class.getClassLoader())
        .dataSource(source)
        .locations("classpath:dev/rowan/migrations/" + dialect)
        .table("rowan_schema_history")
        .placeholders(Map.of("clusterId", Long.toString(clusterId)))
        // The schema may hold tables of other programs; theirs are left alone.
        .baselineOnMigrate(true)
        .baselineVersion("0")
        .loggers("slf4j")
        .load();
  }

  /** Draws the id of a store that is its own cluster; never 0. */
  public static long newClusterId() {
    SecureRandom random = new SecureRandom();
    long id = 0;
    while (id == 0) {
      id = random.nextLong();
    }
    return id;
  }
}
