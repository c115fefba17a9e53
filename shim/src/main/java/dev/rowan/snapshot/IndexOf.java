package dev.rowan.snapshot;

import dev.rowan.dialects.Head;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.MetaRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.mvcc.index.KeyIndexView;

/** The key index of a log that nobody serves here. */
public final class IndexOf {
  private IndexOf() {}

  /** Reads the log, and gives the view at its head. */
  public static KeyIndexView log(RevisionLog log) throws LogException {
    KeyIndex index = new KeyIndex();
    Head head =
        log.load(
            new RevisionLog.LoadVisitor() {
              @Override
              public void meta(MetaRow row) {
                // Keys alone are wanted.
              }

              @Override
              public void row(
                  long id, byte[] key, long createRevision, long version, long leaseId) {
                index.load(key, id, createRevision, version, leaseId);
              }
            });
    index.publish(head.revision(), head.compactRevision(), head.position());
    return index.view();
  }
}
