package dev.rowan.watch;

import com.google.protobuf.UnsafeByteOperations;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RowId;
import dev.rowan.mvcc.Change;
import dev.rowan.mvcc.Values;
import dev.rowan.mvcc.index.KeyEntry;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a watcher missed between two revisions: found in the index, so that the cost follows the
 * changes in its range and not the log, and read through the value cache.
 */
final class History {
  private final KeyIndexView view;
  private final Watcher watcher;
  private final List<Found> found = new ArrayList<>();

  /** A change that the index knows of; {@code previousId} is 0 where there is nothing to show. */
  private record Found(long id, KeyEntry entry, boolean deletion, long previousId) {}

  private History(KeyIndexView view, Watcher watcher) {
    this.view = view;
    this.watcher = watcher;
  }

  /** Finds the changes of a watcher's range in {@code [from, through]}. */
  static History find(KeyIndexView view, Watcher watcher, long from, long through) {
    History history = new History(view, watcher);
    history.find(from, through);
    return history;
  }

  private void find(long from, long through) {
    view.changes(
        watcher.range().from(),
        watcher.range().to(),
        from,
        through,
        (entry, id, deletion, previousId) -> {
          if (deletion ? watcher.options().deletions() : watcher.options().puts()) {
            found.add(new Found(id, entry, deletion, previousId));
          }
        });
    found.sort((a, b) -> Long.compare(a.id, b.id));
  }

  int size() {
    return found.size();
  }

  /** The rows to be read: of each put, and of what was there before where that is wanted. */
  private long[] ids(int from, int to) {
    long[] ids = new long[2 * (to - from)];
    int n = 0;
    for (Found change : found.subList(from, to)) {
      if (!change.deletion) {
        ids[n++] = change.id;
      }
      if (wantsPrevious(change)) {
        ids[n++] = change.previousId;
      }
    }
    return Arrays.copyOf(ids, n);
  }

  /** W-8: nothing is shown of what is compacted. */
  private boolean wantsPrevious(Found change) {
    return watcher.options().previous()
        && change.previousId != 0
        && RowId.revision(change.id) - 1 >= view.compactRevision();
  }

  /**
   * The place after the last change of the {@code revisionsMax}th revision from a place on: events
   * of one revision stay together (W-10).
   */
  int endOf(int from, int revisionsMax) {
    int revisions = 0;
    int at = from;
    while (at < found.size()) {
      long revision = RowId.revision(found.get(at).id);
      if (revisions++ == revisionsMax) {
        return at;
      }
      while (at < found.size() && RowId.revision(found.get(at).id) == revision) {
        at++;
      }
    }
    return at;
  }

  /** The revision of the change before a place. */
  long revisionBefore(int place) {
    return RowId.revision(found.get(place - 1).id);
  }

  /** Encodes the changes between two places if all that they need is in memory and small. */
  @Nullable List<byte[]> encodeCached(int from, int to, Values values) {
    long[] ids = ids(from, to);
    @Nullable KeyValue[] rows = values.cached(ids);
    return Arrays.asList(rows).contains(null) || large(rows) ? null : encode(from, to, rows);
  }

  private static boolean large(@Nullable KeyValue[] rows) {
    long bytes = 0;
    for (@Nullable KeyValue row : rows) {
      bytes += row == null ? 0 : row.getSerializedSize();
    }
    return bytes > WatchHub.RESPONSE_BYTES;
  }

  /**
   * Encodes the changes between two places.
   *
   * @return null if a row is gone: it was compacted meanwhile
   */
  @Nullable List<byte[]> encode(int from, int to, Values values) throws LogException {
    long[] ids = ids(from, to);
    @Nullable KeyValue[] rows = new KeyValue[ids.length];
    values.read(ids, rows);
    return Arrays.asList(rows).contains(null) ? null : encode(from, to, rows);
  }

  private List<byte[]> encode(int from, int to, @Nullable KeyValue[] rows) {
    List<byte[]> events = new ArrayList<>(to - from);
    int next = 0;
    for (Found change : found.subList(from, to)) {
      KeyValue kv = change.deletion ? tombstone(change) : rows[next++];
      KeyValue previous = wantsPrevious(change) ? rows[next++] : null;
      if (kv != null) {
        events.add(Encoding.event(new Change(change.id, kv, change.previousId), previous));
      }
    }
    return events;
  }

  private static KeyValue tombstone(Found change) {
    return KeyValue.newBuilder()
        .setKey(UnsafeByteOperations.unsafeWrap(change.entry.key()))
        .setModRevision(RowId.revision(change.id))
        .build();
  }
}
