package dev.rowan.mvcc.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.dialects.RowId;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class KeyIndexScaleTest {
  private static final byte[] FIRST = {};

  private final KeyIndex index = new KeyIndex();

  @Test
  @Timeout(20)
  void aHotKeyDoesNotCopyItsHistoryAtEachPut() {
    byte[] hot = "hot".getBytes(UTF_8);
    int puts = 200_000;
    KeyIndexView early = index.view();
    for (int revision = 2; revision < puts + 2; revision++) {
      index.put(hot, RowId.first(revision), 0);
      if (revision % 3 == 0) {
        index.publish(revision, -1, revision);
      }
      if (revision == 1002) {
        early = index.view();
      }
    }
    index.publish(puts + 1, -1, 1);

    KeyEntry entry = Objects.requireNonNull(index.view().get(hot));
    assertThat(entry.changesKept()).isEqualTo(puts);
    assertThat(entry.idAt(77_777)).isEqualTo(RowId.first(77_777));
    KeyEntry old = Objects.requireNonNull(early.get(hot));
    assertThat(old.idAt(77_777)).isEqualTo(RowId.first(1002));
    assertThat(index.view().garbage(puts, null, 10).ids()).hasSize(puts - 2);
    index.forget(hot, puts);
    assertThat(Objects.requireNonNull(index.get(hot)).changesKept()).isEqualTo(2);
  }

  @Test
  @Timeout(20)
  void aHotKeyWithManyDiscardsDoesNotCopyItsHistory() {
    byte[] hot = "hot".getBytes(UTF_8);
    int puts = 200_000;
    for (int revision = 2; revision < puts + 2; revision++) {
      index.put(hot, RowId.first(revision), 0);
      index.discard();
      index.put(hot, RowId.first(revision), 1);
      index.publish(revision, -1, revision);
    }

    assertThat(Objects.requireNonNull(index.get(hot)).changesKept()).isEqualTo(puts);
  }

  @Test
  void countsAreExactWithMoreBirthsAndDeathsThanTheLogHolds() {
    int keys = 100_000;
    for (int i = 0; i < keys; i++) {
      index.put(key(i), RowId.first(i + 2), 0);
    }
    index.publish(keys + 1, -1, 1);
    for (int i = 0; i < keys; i += 2) {
      index.delete(key(i), RowId.first(keys + 2 + i));
    }
    index.publish(3L * keys, -1, 2);
    KeyIndexView view = index.view();

    assertThat(view.lives().since(keys / 2)).isEqualTo(-1);
    assertThat(view.count(FIRST, null, 1)).isZero();
    assertThat(view.count(FIRST, null, 1001)).isEqualTo(1000);
    assertThat(view.count(FIRST, null, 65_000)).isEqualTo(64_999);
    assertThat(view.count(FIRST, null, keys + 1)).isEqualTo(keys);
    assertThat(view.count(key(500), key(1500), keys + 1)).isEqualTo(1000);
    assertThat(view.count(key(500), key(1500), keys + 1001)).isEqualTo(750);
    assertThat(view.count(FIRST, null, 2L * keys - 2)).isEqualTo(keys / 2 + 1);
    assertThat(view.count(FIRST, null)).isEqualTo(keys / 2);
  }

  @Test
  void emptiedRangesLeaveNoNodesBehind() {
    int keys = 100_000;
    for (int i = 0; i < keys; i++) {
      index.load(key(i), RowId.first(i + 2), i + 2, 1, 0);
    }
    for (int i = 0; i < keys; i++) {
      if (i % 50 != 0) {
        index.delete(key(i), RowId.first(keys + 2 + i));
        index.forget(key(i), 3L * keys);
      }
      if (i % 5000 == 0) {
        KeyIndexChecker.checkTree(index.working().root());
      }
    }
    for (int i = 0; i < keys; i += 50) {
      assertThat(index.get(key(i))).isNotNull();
    }
    KeyIndexChecker.checkTree(index.working().root());
    assertThat(index.working().count(FIRST, null)).isEqualTo(keys / 50);
    assertThat(leaves(index.working().root())).isLessThan(3 * keys / 50 / Node.FANOUT);
  }

  @Test
  void ascendingKeysFillTheirLeaves() {
    int keys = 64_000;
    for (int i = 0; i < keys; i++) {
      index.put(key(i), RowId.first(i + 2), 0);
    }
    assertThat(leaves(index.working().root())).isEqualTo(keys / Node.FANOUT);
    KeyIndexChecker.checkTree(index.working().root());
  }

  private static int leaves(Node node) {
    if (!(node instanceof Inner inner)) {
      return 1;
    }
    int leaves = 0;
    for (int i = 0; i < inner.size; i++) {
      leaves += leaves(inner.children[i]);
    }
    return leaves;
  }

  private static byte[] key(int number) {
    return "%08d".formatted(number).getBytes(UTF_8);
  }
}
