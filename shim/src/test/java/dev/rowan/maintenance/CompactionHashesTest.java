package dev.rowan.maintenance;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.dialects.LogException;
import dev.rowan.proto.etcdserverpb.CompactionResponse;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** M-5: the hashes of the last compactions. The tasks run when the test says so. */
class CompactionHashesTest {
  @TempDir Path folder;
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final AtomicInteger told = new AtomicInteger();
  private SmallStore store;
  private CompactionHashes hashes;

  @BeforeEach
  void open() throws LogException {
    store = new SmallStore(folder);
    StoreSize size = new StoreSize(store.log);
    hashes =
        new CompactionHashes(
            store.log,
            store.view().compactRevision(),
            size,
            new LongTasks(tasks::add),
            told::incrementAndGet);
    store.listen((view, changes) -> {
      size.committed(changes);
      hashes.committed(view);
    });
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void putAndCompact() {
    store.put("a", "1");
    store.compact(store.view().revision());
  }

  private void runTasks() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  @Test
  void nothingMayBePrunedBeforeItsCompactionIsHashed() {
    store.put("a", "1");
    store.put("a", "2");
    store.compact(2);
    store.compact(3);

    assertThat(hashes.hashedTo()).isEqualTo(-1);
    assertThat(hashes.at(2)).isEmpty();
    runTasks();

    assertThat(hashes.hashedTo()).isEqualTo(3);
    assertThat(told).hasValue(2);
    assertThat(hashes.at(2).orElseThrow().compactRevision()).isEqualTo(-1);
    assertThat(hashes.at(3).orElseThrow().compactRevision()).isEqualTo(2);
  }

  /** They wait together: the second's previous compaction is the first all the same. */
  @Test
  void compactionsThatWaitTogetherAreHashedOneByOne() {
    store.put("a", "1");
    store.put("a", "2");
    CompletableFuture<CompactionResponse> second = new CompletableFuture<>();
    store.listen((view, changes) -> {
      hashes.committed(view);
      if (view.compactRevision() < 0) {
        var _ = store.submit(2);
        var _ = store.submit(3).thenAccept(second::complete);
      }
    });
    store.put("a", "3");

    SmallStore.await(second);
    runTasks();

    assertThat(hashes.at(2).orElseThrow().compactRevision()).isEqualTo(-1);
    assertThat(hashes.at(3).orElseThrow().compactRevision()).isEqualTo(2);
  }

  @Test
  void tenAreRemembered() {
    for (int i = 0; i < 12; i++) {
      putAndCompact();
    }
    runTasks();

    assertThat(hashes.at(3)).isEmpty();
    for (long revision = 4; revision <= 13; revision++) {
      assertThat(hashes.at(revision).orElseThrow().compactRevision()).isEqualTo(revision - 1);
    }
  }

  /** Reading it would take long, and nobody may wait for that. */
  @Test
  void compactionOfALargeStoreMayBePrunedAtOnce() {
    String value = "v".repeat(1 << 20);
    for (int i = 0; i < 65; i++) {
      store.put("key" + i, value);
    }

    putAndCompact();

    assertThat(hashes.hashedTo()).isEqualTo(store.view().compactRevision());
    assertThat(told).hasValue(1);
    assertThat(tasks).isEmpty();
  }

  /** An empty request asks for the newest revision. */
  @Test
  void revisionZeroLeavesNoHash() {
    store.compact(0);
    runTasks();

    assertThat(hashes.at(0)).isEmpty();
    assertThat(hashes.hashedTo()).isZero();
  }
}
