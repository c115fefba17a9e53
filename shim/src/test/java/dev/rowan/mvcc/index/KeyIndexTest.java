package dev.rowan.mvcc.index;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.RowId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class KeyIndexTest {
  private static final byte[] FIRST = {};

  private final KeyIndex index = new KeyIndex();

  @Test
  void emptyIndexIsAtRevisionZeroAndNotCompacted() {
    assertThat(index.view().revision()).isZero();
    assertThat(index.view().compactRevision()).isEqualTo(-1);
    assertThat(index.view().position()).isZero();
    assertThat(index.view().count(FIRST, null)).isZero();
    assertThat(index.view().get(key("a"))).isNull();
  }

  @Test
  void putsOfOneLifeCountVersionsFromItsCreation() {
    put("a", 2);
    put("a", 3);
    KeyEntry entry = put("a", 7);

    assertThat(entry.createRevision()).isEqualTo(2);
    assertThat(entry.version()).isEqualTo(3);
    assertThat(entry.modRevision()).isEqualTo(7);
    assertThat(entry.id()).isEqualTo(RowId.first(7));
    assertThat(entry.changesKept()).isEqualTo(3);
  }

  @Test
  void anotherIndexTakesItsPlaceAndStaysAsItWas() {
    put("a", 2);
    put("b", 3);
    publish(3);
    KeyIndexView before = index.view();
    KeyIndex other = new KeyIndex();
    other.put(key("b"), RowId.first(9), 0);
    other.publish(9, 8, 40);
    KeyIndexView read = other.view();

    put("c", 4);
    index.replaceBy(other);

    assertThat(index.view()).isSameAs(read);
    assertThat(index.get(key("a"))).isNull();
    assertThat(index.get(key("c"))).isNull();
    put("b", 10);
    put("d", 11);
    publish(11);
    assertThat(index.view().count(FIRST, null)).isEqualTo(2);
    assertThat(read.count(FIRST, null)).isEqualTo(1);
    assertThat(Objects.requireNonNull(read.get(key("b"))).modRevision()).isEqualTo(9);
    assertThat(before.count(FIRST, null)).isEqualTo(2);
  }

  @Test
  void putAfterDeletionStartsANewLife() {
    put("a", 2);
    KeyEntry deleted = delete("a", 3);
    KeyEntry again = put("a", 4);

    assertThat(deleted.deleted()).isTrue();
    assertThat(deleted.createRevision()).isZero();
    assertThat(again.createRevision()).isEqualTo(4);
    assertThat(again.version()).isEqualTo(1);
    assertThat(again.idAt(2)).isEqualTo(RowId.first(2));
    assertThat(again.idAt(3)).isZero();
    assertThat(again.idAt(4)).isEqualTo(RowId.first(4));
    assertThat(again.idAt(1)).isZero();
    assertThat(again.idAt(Long.MAX_VALUE)).isEqualTo(RowId.first(4));
  }

  @Test
  void aKeyMayChangeTwiceInOneRevision() {
    index.put(key("a"), RowId.of(2, 0), 0);
    KeyEntry entry = index.delete(key("a"), RowId.of(2, 1));
    publish(2);
    publish(3);

    assertThat(entry.idAt(2)).isZero();
    assertThat(index.view().count(FIRST, null)).isZero();
    assertThat(index.view().count(FIRST, null, 2)).isZero();
    assertThat(changes(FIRST, null, 2, 2)).containsExactly("a 2/0", "a 2/1 deleted");
  }

  @Test
  void deletionOfAKeyThatIsNotLiveIsRefused() {
    assertThatThrownBy(() -> delete("a", 2)).isInstanceOf(IllegalArgumentException.class);
    put("a", 2);
    delete("a", 3);
    assertThatThrownBy(() -> delete("a", 4)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void rowsOfAKeyMustAscend() {
    put("a", 3);
    assertThatThrownBy(() -> put("a", 3)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void publicationBelowTheNewestChangeIsRefused() {
    put("a", 3);
    assertThatThrownBy(() -> publish(2)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void loadedRowsAreTakenAsTheyAreStored() {
    index.load(key("a"), RowId.first(9), 4, 6, 77);
    index.load(key("b"), RowId.first(10), 0, 0, 0);
    index.publish(12, 10, 5);

    KeyEntry a = Objects.requireNonNull(index.view().get(key("a")));
    assertThat(a.createRevision()).isEqualTo(4);
    assertThat(a.version()).isEqualTo(6);
    assertThat(a.leaseId()).isEqualTo(77);
    assertThat(Objects.requireNonNull(index.view().get(key("b"))).deleted()).isTrue();
    assertThat(index.view().count(FIRST, null)).isOne();
    assertThat(index.view().compactRevision()).isEqualTo(10);
    assertThat(index.view().position()).isEqualTo(5);
  }

  @Test
  void workingStateShowsWhatIsNotPublishedYet() {
    put("a", 2);

    assertThat(index.view().get(key("a"))).isNull();
    assertThat(index.get(key("a"))).isNotNull();
    assertThat(index.working().get(key("a"))).isNotNull();
    assertThat(index.working().revision()).isEqualTo(2);
    assertThat(index.working().count(FIRST, null)).isOne();
    assertThat(index.working().count(FIRST, null, 1)).isZero();
  }

  @Test
  void discardTakesBackToThePublishedState() {
    put("a", 2);
    publish(2);
    put("a", 3);
    put("b", 4);
    index.discard();

    assertThat(index.working().revision()).isEqualTo(2);
    assertThat(index.get(key("b"))).isNull();
    assertThat(Objects.requireNonNull(index.get(key("a"))).modRevision()).isEqualTo(2);
    assertThat(index.working().count(FIRST, null)).isOne();
  }

  @Test
  void changesAfterADiscardDoNotDisturbAPublishedView() {
    for (long revision = 2; revision <= 6; revision++) {
      put("a", revision);
    }
    publish(6);
    KeyIndexView before = index.view();
    put("a", 7);
    delete("a", 8);
    put("a", 9);
    index.discard();
    delete("a", 7);
    put("a", 8);
    publish(8);

    KeyEntry old = Objects.requireNonNull(before.get(key("a")));
    assertThat(old.idAt(9)).isEqualTo(RowId.first(6));
    assertThat(old.idAt(4)).isEqualTo(RowId.first(4));
    KeyEntry now = Objects.requireNonNull(index.view().get(key("a")));
    assertThat(now.idAt(6)).isEqualTo(RowId.first(6));
    assertThat(now.idAt(7)).isZero();
    assertThat(now.idAt(9)).isEqualTo(RowId.first(8));
  }

  @Test
  void keysAreOrderedAsUnsignedBytes() {
    byte[][] keys = {{0}, {0, 0}, {0, 1}, {1}, {0x7f}, {(byte) 0x80}, {(byte) 0xff}, {-1, 0}};
    for (int i = keys.length - 1; i >= 0; i--) {
      index.put(keys[i], RowId.of(2, i), 0);
    }
    publish(2);

    List<byte[]> seen = new ArrayList<>();
    index.view().forEach(FIRST, null, entry -> seen.add(entry.key()));
    assertThat(seen).containsExactly(keys);
    assertThat(index.view().count(keys[1], null)).isEqualTo(7);
    assertThat(index.view().count(keys[0], keys[3])).isEqualTo(3);
    assertThat(index.view().count(keys[5], keys[6])).isEqualTo(1);
    assertThat(index.view().count(keys[6], keys[5])).isZero();
    assertThat(index.view().count(keys[6], keys[5], 1)).isZero();
  }

  @Test
  void visitorMayStop() {
    for (int i = 0; i < 1000; i++) {
      put("k" + i, 2 + i);
    }
    List<String> seen = new ArrayList<>();
    index
        .working()
        .forEachLive(
            key("k5"),
            null,
            (entry, id) -> {
              seen.add(text(entry.key()));
              return seen.size() < 3;
            });
    assertThat(seen).containsExactly("k5", "k50", "k500");
  }

  @Test
  void compactionKeepsWhatIsReadableAtItsRevision() {
    put("live", 2);
    put("live", 3);
    put("live", 5);
    put("gone", 6);
    delete("gone", 7);
    put("atC", 8);
    delete("atC", 9);
    publish(9);

    assertThat(garbage(4)).containsExactly("live 2");
    assertThat(garbage(8)).containsExactly("gone 6", "gone 7", "live 2", "live 3");
    assertThat(garbage(9)).containsExactly("atC 8", "gone 6", "gone 7", "live 2", "live 3");
    assertThat(garbage(10)).contains("atC 8", "atC 9");
    for (String name : List.of("live", "gone", "atC", "absent")) {
      index.forget(key(name), 9);
    }
    index.publish(9, 9, 1);

    assertThat(garbage(9)).isEmpty();
    assertThat(index.get(key("gone"))).isNull();
    assertThat(Objects.requireNonNull(index.get(key("atC"))).changesKept()).isOne();
    assertThat(changes(FIRST, null, 0, 99)).containsExactly("atC 9/0 deleted", "live 5/0");
  }

  @Test
  void changesNameThePutTheySuperseded() {
    put("a", 2);
    put("a", 3);
    delete("a", 4);
    put("a", 5);
    publish(5);

    assertThat(changes(key("a"), key("b"), 3, 5))
        .containsExactly("a 3/0, was 2/0", "a 4/0 deleted, was 3/0", "a 5/0");
    assertThat(changes(key("a"), key("b"), 3, 3)).containsExactly("a 3/0, was 2/0");
    assertThat(changes(key("b"), null, 0, 9)).isEmpty();
  }

  private KeyEntry put(String key, long revision) {
    return index.put(key(key), RowId.first(revision), 0);
  }

  private KeyEntry delete(String key, long revision) {
    return index.delete(key(key), RowId.first(revision));
  }

  private void publish(long revision) {
    index.publish(revision, -1, revision);
  }

  private List<String> garbage(long compactRevision) {
    List<String> found = new ArrayList<>();
    byte[] after = null;
    do {
      Garbage garbage = index.view().garbage(compactRevision, after, 1);
      assertThat(garbage.keys().length).isLessThanOrEqualTo(1);
      for (long id : garbage.ids()) {
        found.add(text(garbage.keys()[0]) + " " + RowId.revision(id));
      }
      after = garbage.next();
    } while (after != null);
    return found;
  }

  private List<String> changes(byte[] from, byte @Nullable [] to, long first, long last) {
    List<String> found = new ArrayList<>();
    index
        .working()
        .changes(
            from,
            to,
            first,
            last,
            (entry, id, deletion, previousId) ->
                found.add(
                    text(entry.key())
                        + " "
                        + row(id)
                        + (deletion ? " deleted" : "")
                        + (previousId == 0 ? "" : ", was " + row(previousId))));
    return found;
  }

  private static String row(long id) {
    return RowId.revision(id) + "/" + RowId.sub(id);
  }

  private static byte[] key(String text) {
    return text.getBytes(UTF_8);
  }

  private static String text(byte[] key) {
    return new String(key, UTF_8);
  }
}
