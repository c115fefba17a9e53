package dev.rowan.dialects.postgres;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.RowId;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;

/**
 * The statements that write, each of them one round trip and the end of a transaction, of its own
 * but for an append in its turn.
 *
 * <p>An append inserts the head's next position. Two instances that expect position 7 both insert
 * 8: the primary key lets one through, and the other waits for the first one's commit and then
 * inserts nothing, neither head nor rows. The rows' part of the statement hangs on what the head's
 * part returned.
 */
final class PostgresAppend {
  private static final String APPEND =
      """
      WITH moved AS (
        INSERT INTO head (position, revision, compact_revision, token)
        SELECT h.position + 1, ?, ?, ? FROM head h
        WHERE h.position = ? AND h.token = ?
        ON CONFLICT (position) DO NOTHING
        RETURNING position
      ), appended AS (
        INSERT INTO log (id, key, create_revision, version, lease, value)
        SELECT r.* FROM moved, unnest(?::bigint[], ?::bytea[], ?::bigint[], ?::bigint[],
          ?::bigint[], ?::bytea[]) r
      )
      """;

  private static final String META =
      """
      , changed AS (
        INSERT INTO meta (bucket, id, blob, position)
        SELECT m.*, moved.position FROM moved, unnest(?::text[], ?::bytea[], ?::bytea[]) m
        ON CONFLICT (bucket, id) DO UPDATE SET blob = EXCLUDED.blob, position = EXCLUDED.position
      )
      """;

  private static final String COUNT = " SELECT count(*) FROM moved";

  /** The notification comes with the commit; a transaction that appended nothing sends none. */
  private static final String COUNT_AND_NOTIFY =
      " SELECT count(pg_notify('"
          + PostgresListener.CHANNEL
          + "', ? || '"
          + PostgresListener.SEPARATOR
          + "' || position)) FROM moved";

  private static final String PRUNE =
      """
      WITH noted AS (
        UPDATE store SET
          pruned_revision = greatest(pruned_revision, ?),
          forgotten_position = greatest(forgotten_position,
            (SELECT max(position) FROM head) - ?)
        RETURNING forgotten_position
      ), pruned AS (
        DELETE FROM log WHERE id = ANY (?)
      ), trimmed AS (
        DELETE FROM head WHERE position IN (
          SELECT h.position FROM head h, noted WHERE h.position <= noted.forgotten_position
          ORDER BY h.position LIMIT ?)
      )
      DELETE FROM meta WHERE (bucket, id) IN (
        SELECT m.bucket, m.id FROM meta m, noted
        WHERE m.position <= noted.forgotten_position AND m.blob IS NULL LIMIT ?)
      """;

  private PostgresAppend() {}

  /**
   * Appends a batch.
   *
   * @param sender tells those that listen who appended; 0 to tell nobody
   * @return false, with nothing changed, if the head was not as expected
   */
  static boolean append(Connection connection, Batch batch, long sender) throws SQLException {
    boolean meta = !batch.meta().isEmpty();
    String sql = APPEND + (meta ? META : "") + (sender != 0 ? COUNT_AND_NOTIFY : COUNT);
    // In a transaction, the commit goes along.
    String end = connection.getAutoCommit() ? "" : "; COMMIT";
    try (PreparedStatement append = connection.prepareStatement(sql + end)) {
      append.setLong(1, batch.revision());
      append.setLong(2, batch.compactRevision());
      append.setLong(3, batch.token());
      append.setLong(4, batch.expectedPosition());
      append.setLong(5, batch.expectedToken());
      bindRows(append, 6, batch.rows());
      if (meta) {
        bindMeta(append, 12, batch.meta());
      }
      if (sender != 0) {
        append.setString(meta ? 15 : 12, Long.toString(sender));
      }
      append.execute();
      try (ResultSet result = append.getResultSet()) {
        return result.next() && result.getInt(1) == 1;
      }
    }
  }

  /** Binds rows as six arrays, from a parameter on. */
  static void bindRows(PreparedStatement append, int first, List<LogRow> rows) throws SQLException {
    int count = rows.size();
    long[] ids = new long[count];
    byte[][] keys = new byte[count][];
    long[] createRevisions = new long[count];
    long[] versions = new long[count];
    long[] leaseIds = new long[count];
    byte @Nullable [][] values = new byte[count][];
    for (int i = 0; i < count; i++) {
      LogRow row = rows.get(i);
      ids[i] = row.id();
      keys[i] = row.key().toByteArray();
      createRevisions[i] = row.createRevision();
      versions[i] = row.version();
      leaseIds[i] = row.leaseId();
      values[i] = bytes(row.deleted() ? null : row.value());
    }
    setArray(append, first, "int8", ids);
    setArray(append, first + 1, "bytea", keys);
    setArray(append, first + 2, "int8", createRevisions);
    setArray(append, first + 3, "int8", versions);
    setArray(append, first + 4, "int8", leaseIds);
    setArray(append, first + 5, "bytea", values);
  }

  /** Binds meta rows as three arrays, from a parameter on. */
  static void bindMeta(PreparedStatement append, int first, List<MetaRow> rows)
      throws SQLException {
    int count = rows.size();
    String[] buckets = new String[count];
    byte[][] ids = new byte[count][];
    byte @Nullable [][] blobs = new byte[count][];
    for (int i = 0; i < count; i++) {
      MetaRow row = rows.get(i);
      buckets[i] = row.bucket();
      ids[i] = row.id().toByteArray();
      blobs[i] = bytes(row.blob());
    }
    setArray(append, first, "text", buckets);
    setArray(append, first + 1, "bytea", ids);
    setArray(append, first + 2, "bytea", blobs);
  }

  private static byte @Nullable [] bytes(@Nullable ByteString string) {
    return string == null ? null : string.toByteArray();
  }

  /** Binds an array in PostgreSQL's binary form. */
  private static void setArray(PreparedStatement statement, int index, String type, Object array)
      throws SQLException {
    PGConnection connection = statement.getConnection().unwrap(PGConnection.class);
    statement.setArray(index, connection.createArrayOf(type, array));
  }

  /** The token of the batch at a position, and the newest position. */
  record Verdict(@Nullable Long token, long newestPosition) {}

  static Verdict verdict(Connection connection, long position) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT (SELECT token FROM head WHERE position = ?), (SELECT max(position) FROM head)")) {
      select.setLong(1, position);
      try (ResultSet result = select.executeQuery()) {
        result.next();
        long token = result.getLong(1);
        return new Verdict(result.wasNull() ? null : token, result.getLong(2));
      }
    }
  }

  /**
   * Forgets the heads of {@code (after, upTo]}. Bounded below, so that it does not step over what
   * was deleted before and cannot be vacuumed yet.
   */
  static void trimHeads(Connection connection, long after, long upTo) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement("DELETE FROM head WHERE position > ? AND position <= ?")) {
      delete.setLong(1, after);
      delete.setLong(2, upTo);
      delete.executeUpdate();
    }
  }

  static void prune(Connection connection, long[] ids) throws SQLException {
    try (PreparedStatement prune = connection.prepareStatement(PRUNE)) {
      prune.setLong(1, RowId.revision(Arrays.stream(ids).max().orElse(0)));
      prune.setLong(2, RevisionLog.BATCHES_REMEMBERED);
      setArray(prune, 3, "int8", ids);
      prune.setLong(4, RevisionLog.PRUNE_ROWS_MAX);
      prune.setLong(5, RevisionLog.PRUNE_ROWS_MAX);
      prune.executeUpdate();
    }
  }
}
