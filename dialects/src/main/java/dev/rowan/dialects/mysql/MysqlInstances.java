package dev.rowan.dialects.mysql;

import dev.rowan.dialects.Instance;
import dev.rowan.dialects.RevisionLog;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** The table of instances: who lives, by the server's clock. */
final class MysqlInstances {
  private static final String ANNOUNCE =
      """
      INSERT INTO instance (id, member_id, name, client_urls, joined, seen)
      VALUES (?, ?, ?, ?, UTC_TIMESTAMP(6), UTC_TIMESTAMP(6))
      ON DUPLICATE KEY UPDATE seen = VALUES(seen), client_urls = VALUES(client_urls)
      """;

  private static final String FORGET =
      "DELETE FROM instance WHERE seen < UTC_TIMESTAMP(6) - INTERVAL 1 DAY";

  private static final String LIVING =
      """
      SELECT id, member_id, name, client_urls FROM instance
      WHERE id = ? OR seen > UTC_TIMESTAMP(6) - INTERVAL ? SECOND
      ORDER BY joined, id
      """;

  private MysqlInstances() {}

  static List<Instance> announce(Connection connection, Instance self) throws SQLException {
    // One packet, as the driver sends several statements.
    String all = ANNOUNCE + ";" + FORGET + ";" + LIVING;
    try (PreparedStatement announce = connection.prepareStatement(all)) {
      announce.setLong(1, self.id());
      announce.setLong(2, self.memberId());
      announce.setString(3, self.name());
      announce.setString(4, String.join("\n", self.clientUrls()));
      announce.setLong(5, self.id());
      announce.setLong(6, RevisionLog.INSTANCE_LIVES.toSeconds());
      announce.execute();
      List<Instance> living = new ArrayList<>();
      while (announce.getMoreResults() || announce.getUpdateCount() != -1) {
        try (ResultSet result = announce.getResultSet()) {
          while (result != null && result.next()) {
            List<String> clientUrls = result.getString(4).lines().toList();
            living.add(
                new Instance(
                    result.getLong(1), result.getLong(2), result.getString(3), clientUrls));
          }
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
