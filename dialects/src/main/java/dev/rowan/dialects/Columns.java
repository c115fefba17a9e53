package dev.rowan.dialects;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Reads rows of the tables, whose columns every dialect selects in the same order. */
public final class Columns {
  private Columns() {}

  public static LogRow row(ResultSet result) throws SQLException {
    byte[] value = result.getBytes(6);
    return new LogRow(
        result.getLong(1),
        UnsafeByteOperations.unsafeWrap(result.getBytes(2)),
        value == null ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(value),
        result.getLong(3),
        result.getLong(4),
        result.getLong(5));
  }

  public static MetaRow meta(ResultSet result) throws SQLException {
    byte[] blob = result.getBytes(3);
    return new MetaRow(
        result.getString(1),
        UnsafeByteOperations.unsafeWrap(result.getBytes(2)),
        blob == null ? null : UnsafeByteOperations.unsafeWrap(blob));
  }
}
