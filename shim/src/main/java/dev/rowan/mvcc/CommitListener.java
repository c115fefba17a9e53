package dev.rowan.mvcc;

import dev.rowan.mvcc.index.KeyIndexView;
import java.util.List;

/** Hears of every change of the store, in revision order, on the sequencer's thread. */
@FunctionalInterface
public interface CommitListener {
  /**
   * The store has been published at {@code view}.
   *
   * @param view the state after the changes
   * @param changes in id order, whole revisions; empty where only the compact revision moved
   */
  void committed(KeyIndexView view, List<Change> changes);

  /**
   * The store has been published at {@code view} without the changes that led there: this instance
   * was away until they were pruned. What is kept of them is in the view.
   */
  default void reloaded(KeyIndexView view) {
    committed(view, List.of());
  }
}
