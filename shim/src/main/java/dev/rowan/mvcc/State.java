package dev.rowan.mvcc;

import dev.rowan.dialects.LogException;
import dev.rowan.mvcc.index.KeyEntry;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.mvccpb.KeyValue;
import org.jspecify.annotations.Nullable;

/** What compares and ranges read: a published view, or a batch in the making. */
public interface State {
  /** Newest revision that can be read. */
  long revision();

  /** Oldest revision that can be read. */
  long compactRevision();

  /** The live key. */
  @Nullable KeyEntry live(byte[] key);

  KeyIndexView view();

  /** The rows with these ids, null for each that is gone; may ask the database. */
  @Nullable KeyValue[] values(long[] ids) throws LogException;

  /** A published view, with the values of its rows. */
  record Published(KeyIndexView view, Values source) implements State {
    @Override
    public long revision() {
      return view.revision();
    }

    @Override
    public long compactRevision() {
      return view.compactRevision();
    }

    @Override
    public @Nullable KeyEntry live(byte[] key) {
      KeyEntry entry = view.get(key);
      return entry == null || entry.deleted() ? null : entry;
    }

    @Override
    public @Nullable KeyValue[] values(long[] ids) throws LogException {
      @Nullable KeyValue[] found = new KeyValue[ids.length];
      source.read(ids, found);
      return found;
    }
  }
}
