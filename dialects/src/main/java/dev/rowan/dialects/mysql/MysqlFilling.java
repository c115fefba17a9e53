package dev.rowan.dialects.mysql;

import dev.rowan.dialects.Filling;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * A filling in one transaction. Nothing is locked: an instance that starts over the log meanwhile
 * appends first, and the head's primary key then refuses the filling as a whole.
 */
final class MysqlFilling implements Filling {
  private final Connection connection;
  private final long packetBytesMax;
  private final Head fresh;
  private final String doing;
  private final Consumer<Connection> drop;

  private MysqlFilling(
      Connection connection,
      long packetBytesMax,
      Head fresh,
      String doing,
      Consumer<Connection> drop) {
    this.connection = connection;
    this.packetBytesMax = packetBytesMax;
    this.fresh = fresh;
    this.doing = doing;
    this.drop = drop;
  }

  /**
   * Takes the connection over; the caller closes it if this fails.
   *
   * @param drop closes the connection for good, which takes back what is not committed
   */
  static Filling begin(
      Connection connection, long packetBytesMax, String doing, Consumer<Connection> drop)
      throws SQLException, LogException {
    Head fresh = MysqlReads.head(connection).head();
    fresh.checkFresh();
    MysqlPackets begin = new MysqlPackets(packetBytesMax);
    begin.add("START TRANSACTION");
    begin.send(connection);
    return new MysqlFilling(connection, packetBytesMax, fresh, doing, drop);
  }

  @Override
  public void add(List<LogRow> rows, List<MetaRow> meta) throws LogException {
    MysqlPackets packets = new MysqlPackets(packetBytesMax);
    for (LogRow row : rows) {
      packets.add(row);
    }
    for (MetaRow row : meta) {
      packets.add(row, fresh.position() + 1);
    }
    try {
      packets.send(connection);
    } catch (SQLException e) {
      throw MysqlErrors.code(e) == MysqlErrors.DUPLICATE
          ? faster()
          : MysqlErrors.translate(e, doing);
    }
  }

  @Override
  public Head finish(long revision, long compactRevision, long prunedRevision) throws LogException {
    long token = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    Head head = new Head(fresh.position() + 1, revision, compactRevision, token, fresh.clusterId());
    MysqlPackets packets = new MysqlPackets(packetBytesMax);
    packets.add("UPDATE store SET pruned_revision = GREATEST(pruned_revision, ?)", prunedRevision);
    packets.add(
        "INSERT INTO head (position, revision, compact_revision, token) VALUES (?, ?, ?, ?)",
        head.position(),
        revision,
        compactRevision,
        token);
    packets.add("COMMIT");
    try {
      packets.send(connection);
    } catch (SQLException e) {
      throw MysqlErrors.code(e) == MysqlErrors.DUPLICATE
          ? faster()
          : MysqlErrors.translateAppend(e, doing);
    }
    return head;
  }

  private static LogException.Conflict faster() {
    return new LogException.Conflict("an instance of Rowan began to serve it meanwhile");
  }

  @Override
  public void close() {
    drop.accept(connection);
  }
}
