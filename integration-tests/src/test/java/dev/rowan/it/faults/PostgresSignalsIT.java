package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.proto.etcdserverpb.DefragmentRequest;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Rowan over PostgreSQL. */
final class PostgresSignalsIT extends SignalsContract {
  private static final String VACUUMS =
      "SELECT count(*) FROM pg_stat_activity"
          + " WHERE datname = current_database() AND query LIKE 'VACUUM%' AND state = 'active'";

  @Override
  Server start() {
    return Rowan.overPostgres();
  }

  /** CFG-4. The lock makes the VACUUM take as long as one of a large table. */
  @Test
  void termEndsItSoonWhileTheDatabaseVacuums() throws SQLException {
    String database = Postgres.newDatabase();
    try (Server server = Rowan.over(database);
        Client client = server.client();
        Connection holder = Postgres.connect(database);
        Connection observer = Postgres.connect(database);
        Pulse pulse = new Pulse()) {
      holder.setAutoCommit(false);
      holder.createStatement().execute("LOCK TABLE log IN SHARE UPDATE EXCLUSIVE MODE");
      var answer =
          MaintenanceGrpc.newFutureStub(client.channel())
              .defragment(DefragmentRequest.getDefaultInstance());
      await().until(() -> vacuums(observer) == 1);

      long asked = System.nanoTime();
      int status = server.process().terminate();
      Duration took = Duration.ofNanos(System.nanoTime() - asked);

      assertThat(status).isZero();
      assertThat(took).isLessThan(STOP_MAX.plus(pulse.longestPause()));
      assertThatThrownBy(answer::get).hasMessageContaining("UNAVAILABLE");
      await().until(() -> vacuums(observer) == 0);
    }
  }

  private static long vacuums(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(VACUUMS)) {
      result.next();
      return result.getLong(1);
    }
  }
}
