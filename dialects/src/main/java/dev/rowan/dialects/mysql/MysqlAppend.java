package dev.rowan.dialects.mysql;

import dev.rowan.dialects.Batch;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RowId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The statements that write. Those of a transaction go to the server in one packet, and the server
 * stops at the first that fails: one round trip, in which no lock waits for the network.
 *
 * <p>An append inserts the head's next position. Two instances that expect position 7 both insert
 * 8: the primary key lets one through, and the other waits for the first one's commit and is
 * refused as a duplicate. Where there is no head at 7 with the expected token, the next position is
 * NULL, which is refused too. Either way nothing behind it is carried out.
 *
 * <p>A batch that is greater than a packet goes in several. Until the last, which commits, nothing
 * of it is in the log.
 */
final class MysqlAppend {
  private static final String HEAD =
      "INSERT INTO head (position, revision, compact_revision, token)"
          + " SELECT MAX(h.position) + 1, ?, ?, ? FROM head h WHERE h.position = ? AND h.token = ?";

  /** Silence within a batch after which the server takes it back. */
  private static final Duration HELD_MAX = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(MysqlAppend.class);

  private MysqlAppend() {}

  /**
   * Appends a batch. Returns false, with nothing changed, if the head was not as expected. After
   * that and after an exception a transaction may be open.
   */
  static boolean append(Connection connection, Batch batch, long packetBytesMax, String doing)
      throws LogException {
    MysqlPackets packets = new MysqlPackets(packetBytesMax);
    packets.add("START TRANSACTION");
    packets.add(
        HEAD,
        batch.revision(),
        batch.compactRevision(),
        batch.token(),
        batch.expectedPosition(),
        batch.expectedToken());
    for (LogRow row : batch.rows()) {
      packets.add(row);
    }
    for (MetaRow row : batch.meta()) {
      packets.add(row, batch.expectedPosition() + 1);
    }
    packets.add("COMMIT");
    return packets.several()
        ? appendInSeveral(connection, packets, doing)
        : send(connection, packets, doing);
  }

  /**
   * Between packets the server holds locks that other instances wait for, and this process may
   * stand still: the server is told to take them back soon.
   */
  private static boolean appendInSeveral(Connection connection, MysqlPackets packets, String doing)
      throws LogException {
    try {
      MysqlDatabase.setSilenceMax(connection, HELD_MAX);
    } catch (SQLException e) {
      throw MysqlErrors.translate(e, doing);
    }
    boolean appended = send(connection, packets, doing);
    // What was appended stays so. Whoever gets a lost connection next finds it lost.
    var _ = restored(connection);
    return appended;
  }

  /** Takes back what there is of a batch; gives whether the connection is as it was before it. */
  static boolean restored(Connection connection) {
    try {
      MysqlReads.endTransaction(connection);
      MysqlDatabase.setSilenceMax(connection, MysqlDatabase.SILENCE_MAX);
      return true;
    } catch (SQLException e) {
      LOG.atDebug().addKeyValue("error", e.getMessage()).log("a connection was lost after a batch");
      return false;
    }
  }

  private static boolean send(Connection connection, MysqlPackets packets, String doing)
      throws LogException {
    try {
      packets.sendAllButTheLast(connection);
    } catch (SQLException e) {
      return refused(e, MysqlErrors.translate(e, doing));
    }
    try {
      packets.sendTheLast(connection);
    } catch (SQLException e) {
      return refused(e, MysqlErrors.translateAppend(e, doing));
    }
    return true;
  }

  private static boolean refused(SQLException e, LogException otherwise) throws LogException {
    return switch (MysqlErrors.code(e)) {
      case MysqlErrors.DUPLICATE, MysqlErrors.NULL_REFUSED -> false;
      default -> throw otherwise;
    };
  }

  /**
   * What the log says of a batch.
   *
   * @param expectedToken token at the position that the batch expects
   * @param token token at the position after it
   */
  record Verdict(@Nullable Long expectedToken, @Nullable Long token, long newestPosition) {}

  static Verdict verdict(Connection connection, long expectedPosition) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT (SELECT token FROM head WHERE position = ?),"
                + " (SELECT token FROM head WHERE position = ?), (SELECT MAX(position) FROM head)")) {
      select.setLong(1, expectedPosition);
      select.setLong(2, expectedPosition + 1);
      try (ResultSet result = select.executeQuery()) {
        result.next();
        return new Verdict(nullable(result, 1), nullable(result, 2), result.getLong(3));
      }
    }
  }

  private static @Nullable Long nullable(ResultSet result, int column) throws SQLException {
    long value = result.getLong(column);
    return result.wasNull() ? null : value;
  }

  /** Forgets the heads of {@code (after, upTo]}. */
  static void trimHeads(Connection connection, long after, long upTo) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM head WHERE position > ? AND position <= ?")) {
      delete.setLong(1, after);
      delete.setLong(2, upTo);
      delete.executeUpdate();
    }
  }

  /**
   * Deletes rows, and forgets. What is to be forgotten is read before: within the statements that
   * delete it would be read with locks, which appends would wait for.
   */
  static void prune(Connection connection, long[] ids) throws SQLException, LogException {
    MysqlReads.Snapshot now = MysqlReads.head(connection);
    long forgotten =
        Math.max(now.forgottenPosition(), now.head().position() - RevisionLog.BATCHES_REMEMBERED);
    long pruned = RowId.revision(Arrays.stream(ids).max().orElse(0));
    String deleteRows =
        ids.length == 0
            ? ""
            : "DELETE FROM log WHERE id IN ("
                + Arrays.stream(ids).mapToObj(Long::toString).collect(Collectors.joining(","))
                + ");";
    String limit = " LIMIT " + RevisionLog.PRUNE_ROWS_MAX + ";";
    try (Statement prune = connection.createStatement()) {
      prune.execute(
          "START TRANSACTION;"
              + ("UPDATE store SET pruned_revision = GREATEST(pruned_revision, " + pruned + "),")
              + (" forgotten_position = GREATEST(forgotten_position, " + forgotten + ");")
              + deleteRows
              + ("DELETE FROM head WHERE position <= " + forgotten + " ORDER BY position" + limit)
              + ("DELETE FROM meta WHERE position <= " + forgotten + " AND `blob` IS NULL")
              + limit
              + "COMMIT");
    }
  }
}
