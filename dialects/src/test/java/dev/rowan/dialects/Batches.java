package dev.rowan.dialects;

import com.google.protobuf.ByteString;
import java.security.SecureRandom;
import java.util.List;

/** Makes batches that follow each other from a head on, as the sequencer would. */
public final class Batches {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Head head;
  private long revision;

  public Batches(Head head) {
    this.head = head;
    this.revision = head.revision();
  }

  /** A row of a revision of its own, for the next batch. */
  public LogRow put(String key, String value) {
    return put(ByteString.copyFromUtf8(key), ByteString.copyFromUtf8(value));
  }

  public LogRow put(ByteString key, ByteString value) {
    revision++;
    return new LogRow(RowId.of(revision, 0), key, value, revision, 1, 0);
  }

  public LogRow delete(String key) {
    revision++;
    ByteString bytes = ByteString.copyFromUtf8(key);
    return new LogRow(RowId.of(revision, 0), bytes, ByteString.EMPTY, 0, 0, 0);
  }

  /** Another row of the transaction that {@code before} is of. */
  public LogRow sameRevision(LogRow before, String key) {
    ByteString bytes = ByteString.copyFromUtf8(key);
    return new LogRow(before.id() + 1, bytes, bytes, before.revision(), 1, 0);
  }

  public Batch next(LogRow... rows) {
    return next(List.of(rows));
  }

  public Batch next(List<LogRow> rows) {
    return batch(rows, List.of(), head.compactRevision());
  }

  public Batch withMeta(MetaRow... meta) {
    return batch(List.of(), List.of(meta), head.compactRevision());
  }

  public Batch compact(long compactRevision) {
    return batch(List.of(), List.of(), compactRevision);
  }

  private Batch batch(List<LogRow> rows, List<MetaRow> meta, long compactRevision) {
    long token = RANDOM.nextLong() | 1;
    Batch batch =
        new Batch(token, head.position(), head.token(), revision, compactRevision, rows, meta);
    head = new Head(head.position() + 1, revision, compactRevision, token, head.clusterId());
    return batch;
  }

  /** The head once every batch made so far is appended. */
  public Head head() {
    return head;
  }
}
