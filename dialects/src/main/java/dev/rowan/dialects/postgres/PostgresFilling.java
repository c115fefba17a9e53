package dev.rowan.dialects.postgres;

import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A filling in one transaction. Nothing is locked: an instance that starts over the log meanwhile
 * appends first, and the head's primary key then refuses the filling as a whole.
 */
final class PostgresFilling implements Filling {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresFilling.class);

  private static final String ROWS =
      "INSERT INTO log (id, key, create_revision, version, lease, value) SELECT * FROM"
          + " unnest(?::bigint[], ?::bytea[], ?::bigint[], ?::bigint[], ?::bigint[], ?::bytea[])";

  private static final String META =
      "INSERT INTO meta (bucket, id, blob, position)"
          + " SELECT m.*, ? FROM unnest(?::text[], ?::bytea[], ?::bytea[]) m";

  private static final String PRUNED =
      "UPDATE store SET pruned_revision = greatest(pruned_revision, ?)";

  private static final String HEAD =
      "INSERT INTO head (position, revision, compact_revision, token) VALUES (?, ?, ?, ?)"
          + " ON CONFLICT (position) DO NOTHING";

  private final Connection connection;
  private final Head fresh;
  private final String where;

  private PostgresFilling(Connection connection, Head fresh, String where) {
    this.connection = connection;
    this.fresh = fresh;
    this.where = where;
  }

  /** Takes the connection over; the caller closes it if this fails. */
  static Filling begin(Connection connection, String where) throws SQLException, LogException {
    Head fresh = PostgresReads.head(connection).head();
    fresh.checkFresh();
    connection.setAutoCommit(false);
    return new PostgresFilling(connection, fresh, where);
  }

  @Override
  public void add(List<LogRow> rows, List<MetaRow> meta) throws LogException {
    try (PreparedStatement insertRows = connection.prepareStatement(ROWS);
        PreparedStatement insertMeta = connection.prepareStatement(META)) {
      if (!rows.isEmpty()) {
        PostgresAppend.bindRows(insertRows, 1, rows);
        insertRows.executeUpdate();
      }
      if (!meta.isEmpty()) {
        insertMeta.setLong(1, fresh.position() + 1);
        PostgresAppend.bindMeta(insertMeta, 2, meta);
        insertMeta.executeUpdate();
      }
    } catch (SQLException e) {
      throw PostgresErrors.translate(e, "filling " + where);
    }
  }

  @Override
  public Head finish(long revision, long compactRevision, long prunedRevision) throws LogException {
    long token = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    Head head = new Head(fresh.position() + 1, revision, compactRevision, token, fresh.clusterId());
    try (PreparedStatement notePruned = connection.prepareStatement(PRUNED);
        PreparedStatement moveHead = connection.prepareStatement(HEAD)) {
      notePruned.setLong(1, prunedRevision);
      notePruned.executeUpdate();
      moveHead.setLong(1, head.position());
      moveHead.setLong(2, revision);
      moveHead.setLong(3, compactRevision);
      moveHead.setLong(4, token);
      if (moveHead.executeUpdate() != 1) {
        throw new LogException.Conflict("an instance of Rowan began to serve it meanwhile");
      }
    } catch (SQLException e) {
      throw PostgresErrors.translate(e, "filling " + where);
    }
    try {
      connection.commit();
    } catch (SQLException e) {
      throw new LogException.UnknownOutcome("filling " + where + ": " + e.getMessage(), e);
    }
    return head;
  }

  /** The pool rolls back what is not committed. */
  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      // What is not committed is rolled back by the server, too, when the connection ends.
      LOG.debug("closing a connection failed", e);
    }
  }
}
