package dev.rowan.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Compares a view with the model that it should equal. */
final class KeyIndexChecker {
  private static final byte[] FIRST = {};

  private final KeyIndexView view;
  private final KeyModel model;

  KeyIndexChecker(KeyIndexView view, KeyModel model) {
    this.view = view;
    this.model = model;
  }

  void check(Random random, KeyIndexRandomTest.Keys keys, int ranges) {
    checkEntries();
    checkNode(view.root(), null, null, true);
    checkRange(random, FIRST, null);
    for (int i = 0; i < ranges; i++) {
      checkRange(random, keys.any(random), random.nextInt(8) == 0 ? null : keys.any(random));
      checkGet(keys.any(random));
    }
    checkGarbage(revision(random), 1 + random.nextInt(200));
  }

  /** A revision that may be read. */
  private long revision(Random random) {
    long oldest = Math.max(0, view.compactRevision());
    return oldest + random.nextInt((int) (view.revision() - oldest) + 2);
  }

  private void checkEntries() {
    List<byte[]> expected = model.keys(FIRST, null);
    List<KeyEntry> entries = new ArrayList<>();
    view.forEach(FIRST, null, entries::add);
    assertThat(entries).hasSameSizeAs(expected);
    for (int i = 0; i < entries.size(); i++) {
      assertThat(entries.get(i).key()).isEqualTo(expected.get(i));
      checkEntry(entries.get(i));
    }
  }

  private void checkEntry(KeyEntry entry) {
    List<KeyModel.Row> rows = model.rows(entry.key());
    KeyModel.Row last = rows.getLast();
    assertThat(entry.id()).isEqualTo(last.id());
    assertThat(entry.createRevision()).isEqualTo(last.createRevision());
    assertThat(entry.version()).isEqualTo(last.version());
    assertThat(entry.leaseId()).isEqualTo(last.leaseId());
    assertThat(entry.changesKept()).isEqualTo(rows.size());
  }

  private void checkGet(byte[] key) {
    KeyEntry entry = view.get(key);
    if (entry == null) {
      assertThat(model.rows(key)).isEmpty();
    } else {
      checkEntry(entry);
    }
  }

  private void checkRange(Random random, byte[] from, byte @Nullable [] to) {
    List<Long> live = new ArrayList<>();
    view.forEachLive(from, to, (entry, id) -> live.add(id));
    assertThat(live).isEqualTo(model.visible(from, to, Long.MAX_VALUE));
    assertThat(view.count(from, to)).isEqualTo(live.size());

    long revision = revision(random);
    List<Long> older = new ArrayList<>();
    view.forEachAt(from, to, revision, (entry, id) -> older.add(id));
    assertThat(older).isEqualTo(model.visible(from, to, revision));
    assertThat(view.count(from, to, revision)).isEqualTo(older.size());

    long last = revision(random);
    List<String> changes = new ArrayList<>();
    view.changes(
        from,
        to,
        revision,
        last,
        (entry, id, deletion, previous) -> changes.add(id + " " + deletion + " " + previous));
    assertThat(changes).isEqualTo(model.changes(from, to, revision, last));
  }

  private void checkGarbage(long compactRevision, int idsMax) {
    List<Long> ids = new ArrayList<>();
    List<byte[]> keys = new ArrayList<>();
    byte[] after = null;
    do {
      Garbage page = view.garbage(compactRevision, after, idsMax);
      Arrays.stream(page.ids()).forEach(ids::add);
      keys.addAll(Arrays.asList(page.keys()));
      after = page.next();
      assertThat(after == null || page.ids().length >= idsMax).isTrue();
    } while (after != null);
    assertThat(ids).isEqualTo(model.garbage(compactRevision));
    assertThat(keys)
        .usingElementComparator(Arrays::compareUnsigned)
        .isEqualTo(model.garbageKeys(compactRevision));
  }

  /** Checks a subtree's shape and summaries; returns its height. */
  private static int checkNode(
      Node node, byte @Nullable [] from, byte @Nullable [] to, boolean isRoot) {
    long newest = node.newestRevision;
    long garbage = node.garbageFrom;
    int live = node.live;
    if (node instanceof Leaf leaf) {
      assertThat(leaf.size).isGreaterThanOrEqualTo(isRoot ? 0 : 1);
      for (int i = 0; i < leaf.entries.length; i++) {
        assertThat(leaf.entries[i] != null).isEqualTo(i < leaf.size);
      }
      for (int i = 0; i < leaf.size; i++) {
        KeyEntry entry = leaf.entries[i];
        assertThat(from == null || Arrays.compareUnsigned(from, entry.key()) <= 0).isTrue();
        assertThat(to == null || Arrays.compareUnsigned(entry.key(), to) < 0).isTrue();
        assertThat(entry.modRevision()).isLessThanOrEqualTo(newest);
        assertThat(entry.garbageFrom()).isGreaterThanOrEqualTo(garbage);
        live -= entry.deleted() ? 0 : 1;
      }
      assertThat(live).isZero();
      return 1;
    }
    Inner inner = (Inner) node;
    assertThat(inner.size).isGreaterThanOrEqualTo(isRoot ? 2 : 1);
    int height = 0;
    for (int i = 0; i < inner.size; i++) {
      Node child = inner.children[i];
      byte[] childFrom = i == 0 ? from : inner.separator(i - 1);
      byte[] childTo = i == inner.size - 1 ? to : inner.separator(i);
      assertThat(child.newestRevision).isLessThanOrEqualTo(newest);
      assertThat(child.garbageFrom).isGreaterThanOrEqualTo(garbage);
      live -= inner.liveBefore(i + 1) - inner.liveBefore(i);
      assertThat(inner.liveBefore(i + 1) - inner.liveBefore(i)).isEqualTo(child.live);
      int childHeight = checkNode(child, childFrom, childTo, false);
      assertThat(i == 0 || childHeight == height).isTrue();
      height = childHeight;
    }
    assertThat(live).isZero();
    return Objects.checkIndex(height + 1, 12);
  }
}
