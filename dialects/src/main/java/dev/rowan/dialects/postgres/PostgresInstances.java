package dev.rowan.dialects.postgres;

import dev.rowan.dialects.Instance;
import dev.rowan.dialects.RevisionLog;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The table of instances: who lives, by the server's clock. */
final class PostgresInstances {
  private static final String ANNOUNCE =
      """
      WITH gone AS (
        DELETE FROM instance WHERE seen < now() - interval '1 day' AND id <> ?
      ), self AS (
        INSERT INTO instance (id, member_id, name, client_urls, joined, seen)
        VALUES (?, ?, ?, ?, now(), now())
        ON CONFLICT (id) DO UPDATE SET seen = now(), client_urls = EXCLUDED.client_urls
        RETURNING *
      )
      SELECT id, member_id, name, client_urls, joined FROM self
      UNION ALL
      SELECT id, member_id, name, client_urls, joined FROM instance
      WHERE id <> ? AND seen > now() - ? * interval '1 s'
      ORDER BY joined, id
      """;

  private PostgresInstances() {}

  static List<Instance> announce(Connection connection, Instance self) throws SQLException {
    try (PreparedStatement announce = connection.prepareStatement(ANNOUNCE)) {
      announce.setLong(1, self.id());
      announce.setLong(2, self.id());
      announce.setLong(3, self.memberId());
      announce.setString(4, self.name());
      announce.setString(5, String.join("\n", self.clientUrls()));
      announce.setLong(6, self.id());
      announce.setLong(7, RevisionLog.INSTANCE_LIVES.toSeconds());
      List<Instance> living = new ArrayList<>();
      try (ResultSet result = announce.executeQuery()) {
        while (result.next()) {
          List<String> clientUrls = result.getString(4).lines().toList();
          living.add(
              new Instance(result.getLong(1), result.getLong(2), result.getString(3), clientUrls));
        }
      }
      return living;
    }
  }

  static void leave(Connection connection, long instanceId) throws SQLException {
    try (PreparedStatement leave =
        connection.prepareStatement("DELETE FROM instance WHERE id = ?")) {
      leave.setLong(1, instanceId);
      leave.executeUpdate();
    }
  }
}
