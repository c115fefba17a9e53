package dev.rowan.mvcc.index;

import dev.rowan.dialects.RowId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the key index has to say, by the plainest means: a sorted map from key to all its rows. */
final class KeyModel {
  private final TreeMap<byte[], List<Row>> keys = new TreeMap<>(Arrays::compareUnsigned);

  /** One change of a key. */
  record Row(long id, long createRevision, long version, long leaseId) {
    boolean deletion() {
      return version == 0;
    }

    long revision() {
      return RowId.revision(id);
    }
  }

  KeyModel copy() {
    KeyModel copy = new KeyModel();
    copy.keys.putAll(keys);
    return copy;
  }

  List<Row> rows(byte[] key) {
    return keys.getOrDefault(key, List.of());
  }

  boolean live(byte[] key) {
    List<Row> rows = rows(key);
    return !rows.isEmpty() && !rows.getLast().deletion();
  }

  Row put(byte[] key, long id, long leaseId) {
    Row row = new Row(id, RowId.revision(id), 1, leaseId);
    if (live(key)) {
      Row last = rows(key).getLast();
      row = new Row(id, last.createRevision(), last.version() + 1, leaseId);
    }
    return add(key, row);
  }

  Row delete(byte[] key, long id) {
    return add(key, new Row(id, 0, 0, 0));
  }

  private Row add(byte[] key, Row row) {
    List<Row> rows = new ArrayList<>(rows(key));
    rows.add(row);
    keys.put(key, List.copyOf(rows));
    return row;
  }

  void forget(byte[] key, long compactRevision) {
    List<Row> rows = rows(key);
    List<Row> kept = rows.subList(garbage(rows, compactRevision), rows.size());
    if (kept.isEmpty()) {
      keys.remove(key);
    } else {
      keys.put(key, List.copyOf(kept));
    }
  }

  /** Number of oldest rows that a compact revision makes garbage. */
  private static int garbage(List<Row> rows, long compactRevision) {
    int garbage = 0;
    for (int i = 0; i < rows.size() && rows.get(i).revision() <= compactRevision; i++) {
      boolean spent = rows.get(i).deletion() && rows.get(i).revision() < compactRevision;
      garbage = spent ? i + 1 : i;
    }
    return garbage;
  }

  List<Long> garbage(long compactRevision) {
    List<Long> ids = new ArrayList<>();
    for (List<Row> rows : keys.values()) {
      rows.stream().limit(garbage(rows, compactRevision)).forEach(row -> ids.add(row.id()));
    }
    return ids;
  }

  List<byte[]> garbageKeys(long compactRevision) {
    return keys.keySet().stream().filter(key -> garbage(rows(key), compactRevision) > 0).toList();
  }

  List<byte[]> keys(byte[] from, byte @Nullable [] to) {
    return keys.tailMap(from, true).keySet().stream()
        .takeWhile(key -> to == null || Arrays.compareUnsigned(key, to) < 0)
        .toList();
  }

  /** Ids of the rows that are visible at a revision, by key. */
  List<Long> visible(byte[] from, byte @Nullable [] to, long revision) {
    List<Long> ids = new ArrayList<>();
    for (byte[] key : keys(from, to)) {
      long id = 0;
      for (Row row : rows(key)) {
        if (row.revision() <= revision) {
          id = row.deletion() ? 0 : row.id();
        }
      }
      if (id != 0) {
        ids.add(id);
      }
    }
    return ids;
  }

  /**
   * Each change as text: row id, kind, and the put that was visible one revision before it; 0 for a
   * put that begins a life.
   */
  List<String> changes(byte[] from, byte @Nullable [] to, long first, long last) {
    List<String> changes = new ArrayList<>();
    for (byte[] key : keys(from, to)) {
      long visible = 0;
      long newest = 0;
      long revision = 0;
      for (Row row : rows(key)) {
        visible = row.revision() == revision ? visible : newest;
        revision = row.revision();
        if (row.revision() >= first && row.revision() <= last) {
          long previous = newest == 0 ? 0 : visible;
          changes.add(row.id() + " " + row.deletion() + " " + previous);
        }
        newest = row.deletion() ? 0 : row.id();
      }
    }
    return changes;
  }
}
