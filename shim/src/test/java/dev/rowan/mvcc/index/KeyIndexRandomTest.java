package dev.rowan.mvcc.index;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.dialects.RowId;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random histories against {@link KeyModel}. Replay one with {@code -Drowan.seed=} and the number
 * that the failed run printed.
 */
class KeyIndexRandomTest {
  private static final long SEED = Long.getLong("rowan.seed", new Random().nextLong());

  static {
    System.out.println("KeyIndexRandomTest: rowan.seed=" + SEED);
  }

  private final KeyIndex index = new KeyIndex();
  private KeyModel model = new KeyModel();
  private KeyModel published = new KeyModel();
  private volatile KeyIndexChecker newest = new KeyIndexChecker(index.view(), published);
  private long revision = 1;
  private long compactRevision = -1;

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4, 6})
  void viewsEqualTheModelAndStayAsTheyWere(int keyBytesMax) {
    Random random = new Random(SEED + keyBytesMax);
    Keys keys = new Keys(keyBytesMax);
    List<KeyIndexChecker> held = new ArrayList<>();
    for (int batch = 0; batch < 300; batch++) {
      // Long spells of growing, then of shrinking, so that the tree splits and merges.
      changeBatch(random, keys, batch % 100 < 60 ? 80 : 15);
      if (batch % 10 == 0) {
        new KeyIndexChecker(index.working(), model).check(random, keys, 5);
      }
      if (batch % 25 == 0) {
        held.add(newest);
      }
    }
    held.forEach(checker -> checker.check(random, keys, 20));
  }

  @Test
  void emptiedIndexIsOneLeaf() {
    Random random = new Random(SEED);
    Keys keys = new Keys(6);
    for (int batch = 0; batch < 20; batch++) {
      changeBatch(random, keys, 90);
    }
    assertThat(index.view().root()).isInstanceOf(Inner.class);
    revision++;
    int sub = 0;
    for (byte[] key : model.keys(new byte[0], null)) {
      if (model.live(key)) {
        index.delete(key, RowId.of(revision, sub++));
      }
      index.forget(key, revision + 1);
    }
    index.publish(revision, revision, revision);

    assertThat(index.view().root()).isInstanceOf(Leaf.class);
    assertThat(index.view().count(new byte[0], null)).isZero();
  }

  @Test
  void readersSeeTheirViewUnchangedWhileTheWriterGoesOn() throws Exception {
    Keys keys = new Keys(4);
    Random random = new Random(SEED);
    changeBatch(random, keys, 90);
    try (ExecutorService readers = Executors.newFixedThreadPool(2)) {
      List<Future<Integer>> checks = new ArrayList<>();
      for (int reader = 0; reader < 2; reader++) {
        Random own = new Random(SEED + reader);
        Callable<Integer> check =
            () -> {
              int checked = 0;
              for (; checked < 40; checked++) {
                newest.check(own, keys, 5);
              }
              return checked;
            };
        checks.add(readers.submit(check));
      }
      while (!checks.stream().allMatch(Future::isDone)) {
        changeBatch(random, keys, random.nextInt(100));
      }
      for (Future<Integer> check : checks) {
        assertDone(check);
      }
    }
  }

  private static void assertDone(Future<Integer> check) throws Exception {
    try {
      assertThat(check.get()).isEqualTo(40);
    } catch (ExecutionException e) {
      throw new AssertionError("a reader saw something else", e.getCause());
    }
  }

  /** One batch of transactions, prunings and compactions, published or taken back. */
  private void changeBatch(Random random, Keys keys, int putPercent) {
    long revisionBefore = revision;
    int transactions = random.nextInt(20);
    for (int i = 0; i < transactions; i++) {
      changeRevision(random, keys, putPercent);
    }
    if (random.nextInt(5) == 0) {
      forget(random);
    }
    if (random.nextInt(5) == 0) {
      index.discard();
      model = published.copy();
      revision = revisionBefore;
      return;
    }
    if (random.nextInt(4) == 0) {
      compactRevision += random.nextInt((int) (revision - compactRevision) + 1);
    }
    index.publish(revision, compactRevision, revision);
    published = model.copy();
    newest = new KeyIndexChecker(index.view(), published);
  }

  private void changeRevision(Random random, Keys keys, int putPercent) {
    revision++;
    int rows = 1 + random.nextInt(random.nextInt(20) == 0 ? 200 : 4);
    for (int sub = 0; sub < rows; sub++) {
      byte[] key = keys.any(random);
      long id = RowId.of(revision, sub);
      if (random.nextInt(100) < putPercent) {
        put(random, key, id);
      } else if (model.live(key)) {
        model.delete(key, id);
        assertThat(index.delete(key, id).deleted()).isTrue();
      }
    }
  }

  private void put(Random random, byte[] key, long id) {
    long leaseId = random.nextInt(3);
    KeyModel.Row row = model.put(key, id, leaseId);
    if (random.nextInt(10) == 0) {
      index.load(key, id, row.createRevision(), row.version(), leaseId);
    } else {
      assertThat(index.put(key, id, leaseId).version()).isEqualTo(row.version());
    }
  }

  private void forget(Random random) {
    int idsMax = 1 + random.nextInt(2000);
    byte[] after = null;
    do {
      Garbage garbage = index.view().garbage(compactRevision, after, idsMax);
      for (byte[] key : garbage.keys()) {
        index.forget(key, compactRevision);
        model.forget(key, compactRevision);
      }
      after = garbage.next();
    } while (after != null && random.nextInt(3) != 0);
  }

  /** Keys of up to so many bytes, of bytes that sort differently as signed ones. */
  record Keys(int bytesMax) {
    private static final byte[] BYTES = {0, 1, 'a', 0x7f, (byte) 0x80, (byte) 0xff};

    byte[] any(Random random) {
      byte[] key = new byte[1 + random.nextInt(bytesMax)];
      for (int i = 0; i < key.length; i++) {
        key[i] = BYTES[random.nextInt(BYTES.length)];
      }
      return key;
    }
  }
}
