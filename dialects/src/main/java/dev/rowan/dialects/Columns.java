package dev.rowan.dialects;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Reads rows of the tables, whose columns every dialect selects in the same order. */
public final class Columns {
  private Columns() {}

  public static LogRow row(ResultSet result) throws SQLException {
    return row(
        result.getLong(1),
        result.getBytes(2),
        result.getLong(3),
        result.getLong(4),
        result.getLong(5),
        result.getBytes(6));
  }

  /** A row from its columns, in their order. */
  public static LogRow row(
      long id,
      byte[] key,
      long createRevision,
      long version,
      long leaseId,
      byte @Nullable [] value) {
    return new LogRow(
        id,
        UnsafeByteOperations.unsafeWrap(key),
        value == null ? ByteString.EMPTY : UnsafeByteOperations.unsafeWrap(value),
        createRevision,
        version,
        leaseId);
  }

  public static MetaRow meta(ResultSet result) throws SQLException {
    return meta(result.getString(1), result.getBytes(2), result.getBytes(3));
  }

  /** A meta row from its columns, in their order. */
  public static MetaRow meta(String bucket, byte[] id, byte @Nullable [] blob) {
    return new MetaRow(
        bucket,
        UnsafeByteOperations.unsafeWrap(id),
        blob == null ? null : UnsafeByteOperations.unsafeWrap(blob));
  }
}
