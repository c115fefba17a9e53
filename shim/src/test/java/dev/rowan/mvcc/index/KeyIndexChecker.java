package dev.rowan.mvcc.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
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
    checkTree(view.root());
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

  /** Checks the shape and the summaries of a tree. */
  static void checkTree(Node root) {
    checkNode(root, null, null);
    int least = root instanceof Inner ? 2 : 0;
    assertThat(root.size).isGreaterThanOrEqualTo(least);
  }

  /** Checks a subtree; returns its height. */
  private static int checkNode(Node node, byte @Nullable [] from, byte @Nullable [] to) {
    return switch (node) {
      case Leaf leaf -> {
        checkLeaf(leaf, from, to);
        yield 1;
      }
      case Inner inner -> 1 + checkChildren(inner, from, to);
    };
  }

  private static void checkLeaf(Leaf leaf, byte @Nullable [] from, byte @Nullable [] to) {
    int live = 0;
    long garbageFrom = Long.MAX_VALUE;
    for (int i = 0; i < leaf.size; i++) {
      KeyEntry entry = leaf.entries[i];
      assertThat(from == null || Arrays.compareUnsigned(from, entry.key()) <= 0).isTrue();
      assertThat(to == null || Arrays.compareUnsigned(entry.key(), to) < 0).isTrue();
      assertThat(leaf.search(entry.key())).isEqualTo(i);
      assertThat(entry.modRevision()).isLessThanOrEqualTo(leaf.newestRevision);
      garbageFrom = Math.min(garbageFrom, entry.garbageFrom());
      live += entry.deleted() ? 0 : 1;
    }
    for (int i = leaf.size; i < leaf.entries.length; i++) {
      assertThat(leaf.entries[i]).isNull();
    }
    assertThat(leaf.live).isEqualTo(live);
    assertThat(leaf.garbageFrom).isEqualTo(garbageFrom);
  }

  /** Checks an inner node and what is below it; returns the height of what is below. */
  private static int checkChildren(Inner inner, byte @Nullable [] from, byte @Nullable [] to) {
    int height = 0;
    long garbageFrom = Long.MAX_VALUE;
    for (int i = 0; i < inner.size; i++) {
      Node child = inner.children[i];
      assertThat(child.size).isPositive();
      assertThat(child.newestRevision).isLessThanOrEqualTo(inner.newestRevision);
      assertThat(inner.liveBefore(i + 1) - inner.liveBefore(i)).isEqualTo(child.live);
      garbageFrom = Math.min(garbageFrom, child.garbageFrom);
      byte[] childFrom = i == 0 ? from : inner.separator(i - 1);
      byte[] childTo = i == inner.size - 1 ? to : inner.separator(i);
      int childHeight = checkNode(child, childFrom, childTo);
      assertThat(i == 0 || childHeight == height).isTrue();
      height = childHeight;
    }
    assertThat(inner.live).isEqualTo(inner.liveBefore(inner.size));
    assertThat(inner.garbageFrom).isEqualTo(garbageFrom);
    return height;
  }
}
