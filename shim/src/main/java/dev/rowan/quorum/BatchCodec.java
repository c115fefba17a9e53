package dev.rowan.quorum;

import dev.rowan.dialects.Batch;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.MetaRow;
import dev.rowan.proto.rowanpb.Meta;
import dev.rowan.proto.rowanpb.Row;
import java.util.ArrayList;
import java.util.List;

/** Batches as entries of the quorum's log have them. */
final class BatchCodec {
  private BatchCodec() {}

  /**
   * Writes a batch as one entry or more.
   *
   * @param bytesMax of rows and meta state in an entry; one that is larger makes its own
   */
  static List<dev.rowan.proto.rowanpb.Batch> encode(Batch batch, int bytesMax) {
    List<dev.rowan.proto.rowanpb.Batch.Builder> parts = new ArrayList<>();
    dev.rowan.proto.rowanpb.Batch.Builder part = begin(batch);
    int bytes = 0;
    for (LogRow row : batch.rows()) {
      Row encoded = encode(row);
      if (bytes > 0 && bytes + encoded.getSerializedSize() > bytesMax) {
        parts.add(part);
        part = begin(batch);
        bytes = 0;
      }
      part.addRows(encoded);
      bytes += encoded.getSerializedSize();
    }
    for (MetaRow row : batch.meta()) {
      Meta encoded = encode(row);
      if (bytes > 0 && bytes + encoded.getSerializedSize() > bytesMax) {
        parts.add(part);
        part = begin(batch);
        bytes = 0;
      }
      part.addMeta(encoded);
      bytes += encoded.getSerializedSize();
    }
    parts.add(part);
    return numbered(parts);
  }

  private static List<dev.rowan.proto.rowanpb.Batch> numbered(
      List<dev.rowan.proto.rowanpb.Batch.Builder> parts) {
    List<dev.rowan.proto.rowanpb.Batch> built = new ArrayList<>(parts.size());
    for (dev.rowan.proto.rowanpb.Batch.Builder part : parts) {
      if (parts.size() > 1) {
        part.setPart(built.size() + 1).setParts(parts.size());
      }
      built.add(part.build());
    }
    return built;
  }

  private static dev.rowan.proto.rowanpb.Batch.Builder begin(Batch batch) {
    return dev.rowan.proto.rowanpb.Batch.newBuilder()
        .setToken(batch.token())
        .setExpectedPosition(batch.expectedPosition())
        .setExpectedToken(batch.expectedToken())
        .setRevision(batch.revision())
        .setCompactRevision(batch.compactRevision());
  }

  private static Row encode(LogRow row) {
    return Row.newBuilder()
        .setId(row.id())
        .setKey(row.key())
        .setValue(row.value())
        .setCreateRevision(row.createRevision())
        .setVersion(row.version())
        .setLease(row.leaseId())
        .build();
  }

  private static Meta encode(MetaRow row) {
    Meta.Builder meta = Meta.newBuilder().setBucket(row.bucket()).setId(row.id());
    if (row.blob() != null) {
      meta.setBlob(row.blob());
    }
    return meta.build();
  }

  /** Reads the batch that these entries make. */
  static Batch decode(List<dev.rowan.proto.rowanpb.Batch> parts) {
    List<LogRow> rows = new ArrayList<>();
    List<MetaRow> meta = new ArrayList<>();
    for (dev.rowan.proto.rowanpb.Batch part : parts) {
      part.getRowsList().forEach(row -> rows.add(decode(row)));
      part.getMetaList().forEach(row -> meta.add(decode(row)));
    }
    dev.rowan.proto.rowanpb.Batch any = parts.getFirst();
    return new Batch(
        any.getToken(),
        any.getExpectedPosition(),
        any.getExpectedToken(),
        any.getRevision(),
        any.getCompactRevision(),
        rows,
        meta);
  }

  private static LogRow decode(Row row) {
    return new LogRow(
        row.getId(),
        row.getKey(),
        row.getValue(),
        row.getCreateRevision(),
        row.getVersion(),
        row.getLease());
  }

  private static MetaRow decode(Meta row) {
    return new MetaRow(row.getBucket(), row.getId(), row.hasBlob() ? row.getBlob() : null);
  }
}
