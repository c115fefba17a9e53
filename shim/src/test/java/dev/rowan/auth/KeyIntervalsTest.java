package dev.rowan.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.rowan.mvcc.KeyRange;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** point requests lie in some grant, range requests in the union of them. */
class KeyIntervalsTest {
  private static final String OPEN = "\0";

  private static KeyRange range(String key, String end) {
    return KeyRange.of(ByteString.copyFromUtf8(key), ByteString.copyFromUtf8(end));
  }

  private static KeyRange key(String key) {
    return range(key, "");
  }

  private static KeyIntervals union(KeyRange... ranges) {
    return KeyIntervals.union(List.of(ranges));
  }

  @Test
  void nothingCoversNothing() {
    assertThat(union().covers(key("a"))).isFalse();
    assertThat(union().covers(range("a", OPEN))).isFalse();
  }

  @Test
  void aKeyCoversItselfAlone() {
    KeyIntervals b = union(key("b"));

    assertThat(b.covers(key("b"))).isTrue();
    assertThat(b.covers(range("b", "b\0"))).isTrue();
    assertThat(b.covers(key("a"))).isFalse();
    assertThat(b.covers(key("b\0"))).isFalse();
    assertThat(b.covers(range("b", "c"))).isFalse();
    assertThat(b.covers(range("b", OPEN))).isFalse();
  }

  @Test
  void aRangeEndsBeforeItsEnd() {
    KeyIntervals b = union(range("b", "d"));

    assertThat(b.covers(key("b"))).isTrue();
    assertThat(b.covers(key("c\u007f"))).isTrue();
    assertThat(b.covers(key("d"))).isFalse();
    assertThat(b.covers(range("b", "d"))).isTrue();
    assertThat(b.covers(range("a", "d"))).isFalse();
    assertThat(b.covers(range("c", "d\0"))).isFalse();
  }

  @Test
  void grantsThatTouchOrOverlapAddUp() {
    KeyIntervals merged = union(range("e", "g"), range("a", "c"), range("b", "e"), key("x"));

    assertThat(merged.covers(range("a", "g"))).isTrue();
    assertThat(merged.covers(range("b", "f"))).isTrue();
    assertThat(merged.covers(range("a", "h"))).isFalse();
    assertThat(merged.covers(range("f", "x"))).isFalse();
    assertThat(merged.covers(key("x"))).isTrue();
  }

  @Test
  void aKeyAndTheRangeAfterItAddUp() {
    KeyIntervals merged = union(range("a\0", "b"), key("a"));

    assertThat(merged.covers(range("a", "b"))).isTrue();
  }

  @Test
  void aGapIsNotCovered() {
    KeyIntervals apart = union(range("a", "b"), range("b\0", "c"));

    assertThat(apart.covers(range("a", "c"))).isFalse();
    assertThat(apart.covers(key("b"))).isFalse();
  }

  @Test
  void onlyAnOpenGrantCoversAnOpenRequest() {
    assertThat(union(range("a", "\u007f")).covers(range("a", OPEN))).isFalse();
    assertThat(union(range("a", OPEN)).covers(range("a", OPEN))).isTrue();
    assertThat(union(range("a", OPEN)).covers(range("c", "d"))).isTrue();
    assertThat(union(range("a", OPEN)).covers(range("\0", OPEN))).isFalse();
    assertThat(union(range("a", "b"), range("b", OPEN)).covers(range("a", OPEN))).isTrue();
    assertThat(union(range("a", OPEN), range("b", "c")).covers(range("d", OPEN))).isTrue();
  }

  @Test
  void aRangeThatEndsBeforeItBeginsIsCoveredWhereItBegins() {
    assertThat(union(range("b", "c")).covers(range("b", "a"))).isTrue();
    assertThat(union(range("b", "c")).covers(range("c", "b"))).isFalse();
  }

  @Test
  void theUnionIsThatOfTheKeys() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 2_000; round++) {
      List<KeyRange> granted = new ArrayList<>();
      for (int i = random.nextInt(5); i >= 0; i--) {
        granted.add(anyRange(random));
      }
      KeyIntervals union = KeyIntervals.union(granted);
      KeyRange wanted = anyRange(random);
      boolean all = true;
      for (char letter = 'a'; letter <= 'l'; letter++) {
        byte[] key = {(byte) letter};
        boolean open = wanted.to() == null && granted.stream().noneMatch(r -> r.to() == null);
        all &= !open && (!wanted.contains(key) || granted.stream().anyMatch(r -> r.contains(key)));
      }

      assertThat(union.covers(wanted)).as("seed %d, round %d", seed, round).isEqualTo(all);
    }
  }

  /** Of the letters a to j; none is empty. Keys between letters follow the letter before. */
  private static KeyRange anyRange(Random random) {
    char from = (char) ('a' + random.nextInt(9));
    char to = (char) (from + 1 + random.nextInt('k' - from));
    return range(String.valueOf(from), random.nextInt(8) == 0 ? OPEN : String.valueOf(to));
  }
}
