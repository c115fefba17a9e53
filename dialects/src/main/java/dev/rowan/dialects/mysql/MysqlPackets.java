package dev.rowan.dialects.mysql;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gathers statements, and cuts them into as few packets as the server takes. Rows of one table that
 * follow each other become one statement. Not thread safe.
 */
final class MysqlPackets {
  private static final Insert ROW =
      new Insert(
          "INSERT INTO log (id, `key`, create_revision, version, lease, value) VALUES ",
          "(?,?,?,?,?,?)",
          "");

  private static final Insert META =
      new Insert(
          "INSERT INTO meta (bucket, id, `blob`, position) VALUES ",
          "(?,?,?,?)",
          " ON DUPLICATE KEY UPDATE `blob` = VALUES(`blob`), position = VALUES(position)");

  /** Bytes of a row's numbers as text, and of what stands between them, at most. */
  private static final int ROW_BYTES = 160;

  /** What a packet must have room for beside its rows. */
  private static final int PACKET_BYTES = 1024;

  private final long rowBytesMax;
  private final List<Packet> packets = new ArrayList<>();
  private StringBuilder sql = new StringBuilder();
  private List<@Nullable Object> values = new ArrayList<>();
  private long bytes;
  private @Nullable Insert open;

  /**
   * @param packetBytesMax what the server takes at once
   */
  MysqlPackets(long packetBytesMax) {
    this.rowBytesMax = packetBytesMax - PACKET_BYTES;
  }

  /** A statement of any number of rows. */
  private record Insert(String into, String row, String behind) {}

  /** Statements and their values, which the driver writes into the text. */
  private record Packet(String sql, List<@Nullable Object> values) {}

  /** Adds a statement of its own. */
  void add(String statement, Object... of) {
    close();
    sql.append(statement).append(';');
    values.addAll(List.of(of));
  }

  void add(LogRow row) {
    begin(ROW, row.key().size() + (long) row.value().size());
    values.add(row.id());
    values.add(row.key());
    values.add(row.createRevision());
    values.add(row.version());
    values.add(row.leaseId());
    values.add(row.deleted() ? null : row.value());
  }

  void add(MetaRow row, long position) {
    ByteString blob = row.blob();
    begin(META, row.id().size() + (blob == null ? 0L : blob.size()));
    values.add(row.bucket());
    values.add(row.id());
    values.add(blob);
    values.add(position);
  }

  private void begin(Insert insert, long binaryBytes) {
    // Escaped, a byte may take two.
    long rowBytes = 2 * binaryBytes + ROW_BYTES;
    if (bytes > 0 && bytes + rowBytes > rowBytesMax) {
      cut();
    }
    if (insert.equals(open)) {
      sql.append(',');
    } else {
      close();
      sql.append(insert.into);
      open = insert;
    }
    sql.append(insert.row);
    bytes += rowBytes;
  }

  private void close() {
    if (open != null) {
      sql.append(open.behind).append(';');
      open = null;
    }
  }

  private void cut() {
    close();
    if (!sql.isEmpty()) {
      packets.add(new Packet(sql.toString(), values));
    }
    sql = new StringBuilder();
    values = new ArrayList<>();
    bytes = 0;
  }

  /** Ends the gathering, and gives whether there are several packets. */
  boolean several() {
    cut();
    return packets.size() > 1;
  }

  /** Sends all but the last packet. */
  void sendAllButTheLast(Connection connection) throws SQLException {
    cut();
    for (Packet packet : packets.subList(0, packets.size() - 1)) {
      send(packet, connection);
    }
  }

  /** Sends the last packet. */
  void sendTheLast(Connection connection) throws SQLException {
    send(packets.getLast(), connection);
  }

  /** Sends what there is. */
  void send(Connection connection) throws SQLException {
    cut();
    for (Packet packet : packets) {
      send(packet, connection);
    }
  }

  private static void send(Packet packet, Connection connection) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(packet.sql)) {
      int index = 1;
      for (Object value : packet.values) {
        if (value instanceof Long number) {
          statement.setLong(index, number);
        } else if (value instanceof ByteString string) {
          statement.setBytes(index, string.toByteArray());
        } else if (value instanceof String text) {
          statement.setString(index, text);
        } else {
          statement.setBytes(index, null);
        }
        index++;
      }
      statement.execute();
    }
  }
}
