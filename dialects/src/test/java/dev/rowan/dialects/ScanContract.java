package dev.rowan.dialects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongPredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What every log must do when all of it is read, or its space is made free. */
public abstract class ScanContract {
  protected RevisionLog log;
  protected Batches batches;

  /** Opens the log of this test: the same one at each call. */
  protected abstract RevisionLog open() throws LogException;

  @BeforeEach
  void openFresh() throws LogException {
    log = open();
    batches = new Batches(log.head());
  }

  @AfterEach
  void closeAtEnd() {
    log.close();
  }

  @Test
  void scanGivesHeadMetaAndRowsOfARange() throws LogException {
    MetaRow second = new MetaRow("lease", ByteString.copyFromUtf8("2"), ByteString.EMPTY);
    MetaRow first = new MetaRow("alarm", ByteString.copyFromUtf8("3"), ByteString.EMPTY);
    MetaRow gone = new MetaRow("lease", ByteString.copyFromUtf8("1"), ByteString.EMPTY);
    log.append(batches.withMeta(second, first, gone));
    log.append(batches.withMeta(new MetaRow("lease", gone.id(), null)));
    List<LogRow> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(i % 10 == 9 ? batches.delete("key") : batches.put("key", "value" + i));
    }
    log.append(batches.next(rows));

    Scanned whole = Scanned.from(log);
    Scanned part = Scanned.from(log, rows.get(170).id(), () -> true);
    Scanned declined = Scanned.from(log, Long.MAX_VALUE, () -> false);

    assertThat(whole).isEqualTo(new Scanned(batches.head(), List.of(first, second), rows));
    assertThat(part.rows()).isEqualTo(rows.subList(0, 171));
    assertThat(declined).isEqualTo(new Scanned(batches.head(), List.of(), List.of()));
  }

  @Test
  void scanSeesNothingOfWhatHappensMeanwhile() throws LogException {
    List<LogRow> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      rows.add(batches.put("key" + i, "value"));
    }
    log.append(batches.next(rows));
    Head before = batches.head();
    LogRow later = batches.put("later", "value");
    Batch meanwhile = batches.next(later);
    long[] pruned = {rows.get(0).id(), rows.get(150).id()};
    Scanned.Collecting collecting =
        new Scanned.Collecting(() -> true) {
          @Override
          public void row(LogRow row) {
            if (rows.isEmpty()) {
              change(meanwhile, pruned);
            }
            super.row(row);
          }
        };

    log.scan(Long.MAX_VALUE, collecting);

    assertThat(collecting.scanned()).isEqualTo(new Scanned(before, List.of(), rows));
    assertThat(log.rows(new long[] {pruned[0], later.id()})).containsExactly(null, later);
  }

  private void change(Batch batch, long[] pruned) {
    try {
      log.append(batch);
      log.prune(pruned);
    } catch (LogException e) {
      throw new AssertionError(e);
    }
  }

  /** The next scan finds the log as if this one had not been. */
  @Test
  void scanThatIsBrokenOffLeavesNothingBehind() throws LogException {
    LogRow row = batches.put("a", "1");
    log.append(batches.next(row));
    for (int i = 0; i < 10; i++) {
      RevisionLog.ScanVisitor failing =
          new Scanned.Collecting(() -> true) {
            @Override
            public void row(LogRow failed) {
              throw new IllegalArgumentException("enough");
            }
          };
      assertThatThrownBy(() -> log.scan(Long.MAX_VALUE, failing)).hasMessage("enough");
    }

    LogRow second = batches.put("b", "1");
    log.append(batches.next(second));
    assertThat(Scanned.from(log).rows()).containsExactly(row, second);
  }

  /** CFG-4: a server that stops waits for no hash and no snapshot. */
  @Test
  void interruptionEndsAScanAndRefusesLaterOnes() throws LogException {
    LogRow row = batches.put("a", "1");
    log.append(batches.next(row, batches.put("b", "1")));
    RevisionLog.ScanVisitor interrupting =
        new Scanned.Collecting(() -> true) {
          @Override
          public void row(LogRow scanned) {
            log.interrupt();
          }
        };

    assertThatThrownBy(() -> log.scan(Long.MAX_VALUE, interrupting))
        .isInstanceOf(LogException.Unavailable.class);

    assertThatThrownBy(() -> Scanned.from(log)).isInstanceOf(LogException.Unavailable.class);
    assertThatThrownBy(() -> Loaded.from(log)).isInstanceOf(LogException.Unavailable.class);
    assertThatThrownBy(log::defragment).isInstanceOf(LogException.Unavailable.class);
    log.append(batches.next(batches.put("c", "1")));
    assertThat(log.head()).isEqualTo(batches.head());
    assertThat(log.rows(new long[] {row.id()})).containsExactly(row);
  }

  @Test
  void spaceOfPrunedRowsIsFreeOnceDefragmented() throws LogException {
    byte[] value = new byte[1024];
    Arrays.fill(value, (byte) 'v');
    List<LogRow> rows = new ArrayList<>();
    for (int i = 0; i < 8_000; i++) {
      rows.add(batches.put(ByteString.copyFromUtf8("key" + i), ByteString.copyFrom(value)));
    }
    log.append(batches.next(rows));
    log.defragment();
    awaitInUse(size -> size > 7_000_000);
    for (int from = 0; from < rows.size(); from += RevisionLog.PRUNE_ROWS_MAX) {
      // Of each ten rows one stays, so that no page gets empty by itself.
      log.prune(
          rows.subList(from, from + RevisionLog.PRUNE_ROWS_MAX).stream()
              .mapToLong(LogRow::id)
              .filter(id -> RowId.revision(id) % 10 != 0)
              .toArray());
    }

    log.defragment();

    awaitInUse(size -> size < 3_000_000);
    List<LogRow> kept = rows.stream().filter(row -> RowId.revision(row.id()) % 10 == 0).toList();
    assertThat(Scanned.from(log).rows()).isEqualTo(kept);
    LogRow next = batches.put("next", "1");
    log.append(batches.next(next));
    assertThat(log.rows(new long[] {next.id()})).containsExactly(next);
  }

  /** A database may keep its statistics up to date with some delay. */
  private void awaitInUse(LongPredicate expected) {
    await().atMost(Duration.ofSeconds(60)).until(() -> expected.test(log.size().bytesInUse()));
  }
}
