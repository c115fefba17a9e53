package dev.rowan.dialects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.RevisionLog.Changes;
import dev.rowan.dialects.RevisionLog.LogSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** What every log must do, whatever database holds it. */
public abstract class RevisionLogContract extends ScanContract {
  final void reopen() throws LogException {
    log.close();
    log = open();
  }

  @Test
  void freshLogStandsAtRevisionOne() throws LogException {
    Head head = log.head();

    assertThat(head).isEqualTo(new Head(1, 1, -1, 0, head.clusterId()));
    assertThat(head.clusterId()).isNotZero();
    assertThat(Loaded.from(log).rows()).isEmpty();
  }

  @Test
  void instanceThatAnnouncesItselfLivesUntilItLeaves() throws LogException {
    Instance self = new Instance(Long.MIN_VALUE, -1, "a \u00e9", List.of("http://a:1", "http://b"));

    assertThat(log.announce(self)).containsExactly(self);
    assertThat(log.announce(self)).containsExactly(self);
    log.leave(self);
    assertThat(log.announce(self)).containsExactly(self);
  }

  @Test
  void appendedRowsAreReadInTheOrderAskedFor() throws LogException {
    LogRow first = batches.put("a", "1");
    LogRow second = batches.put("b", "2");

    log.append(batches.next(first, second));

    long[] ids = {second.id(), RowId.of(99, 0), first.id(), second.id()};
    assertThat(log.rows(ids)).containsExactly(second, null, first, second);
  }

  @Test
  void manyRowsAreReadAtOnce() throws LogException {
    List<LogRow> rows = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      rows.add(batches.put("key" + i, "value" + i));
    }
    log.append(batches.next(rows));

    for (int count : new int[] {0, 1, 2, 16, 17, 128, 129, 300}) {
      long[] ids = rows.stream().limit(count).mapToLong(LogRow::id).toArray();
      assertThat(log.rows(ids)).isEqualTo(rows.subList(0, count));
    }
  }

  @Test
  void headMovesWithEachBatch() throws LogException {
    log.append(batches.next(batches.put("a", "1")));
    log.append(batches.compact(2));

    assertThat(log.head()).isEqualTo(batches.head());
    assertThat(log.head().position()).isEqualTo(3);
    assertThat(log.head().compactRevision()).isEqualTo(2);
  }

  @Test
  void deletionIsNotAnEmptyValue() throws LogException {
    LogRow empty = batches.put("a", "");
    LogRow deletion = batches.delete("a");

    log.append(batches.next(empty, deletion));

    assertThat(log.rows(new long[] {empty.id(), deletion.id()})).containsExactly(empty, deletion);
    assertThat(Loaded.from(log).rows()).extracting(LogRow::deleted).containsExactly(false, true);
  }

  @Test
  void keysAndValuesHoldEveryByte() throws LogException {
    byte[] bytes = new byte[256];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) i;
    }
    LogRow row = batches.put(ByteString.copyFrom(bytes), ByteString.copyFrom(bytes));

    log.append(batches.next(row));

    assertThat(log.rows(new long[] {row.id()})).containsExactly(row);
  }

  @Test
  void valueOfEtcdsGreatestRequestIsKept() throws LogException {
    byte[] value = new byte[3 << 19];
    Arrays.fill(value, (byte) 7);
    LogRow row = batches.put(ByteString.copyFromUtf8("big"), ByteString.copyFrom(value));

    log.append(batches.next(row));

    assertThat(log.rows(new long[] {row.id()})).containsExactly(row);
  }

  @Test
  void tenThousandRowsAreOneBatch() throws LogException {
    List<LogRow> rows = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      rows.add(batches.put("key" + i, "value"));
    }

    log.append(batches.next(rows));

    assertThat(Loaded.from(log).rows()).hasSize(10_000);
    assertThat(log.head()).isEqualTo(batches.head());
  }

  @Test
  void sameBatchIsAppendedOnce() throws LogException {
    Batch batch = batches.next(batches.put("a", "1"));

    log.append(batch);
    log.append(batch);

    assertThat(log.head()).isEqualTo(batches.head());
    assertThat(Loaded.from(log).rows()).hasSize(1);
  }

  @Test
  void batchForAnotherHeadIsRefusedEntirely() throws LogException {
    Batches other = new Batches(log.head());
    log.append(batches.next(batches.put("a", "1")));
    Batch late =
        other.withMeta(new MetaRow("lease", ByteString.copyFromUtf8("1"), ByteString.EMPTY));

    assertThatThrownBy(() -> log.append(late)).isInstanceOf(LogException.Conflict.class);

    assertThat(log.head()).isEqualTo(batches.head());
    assertThat(Loaded.from(log).meta()).isEmpty();
  }

  @Test
  void metaIsChangedAndRemoved() throws LogException {
    MetaRow first =
        new MetaRow("lease", ByteString.copyFromUtf8("1"), ByteString.copyFromUtf8("x"));
    MetaRow second = new MetaRow("user", ByteString.copyFromUtf8("1"), ByteString.EMPTY);
    log.append(batches.withMeta(first, second));
    Head known = log.head();
    MetaRow changed = new MetaRow("lease", first.id(), ByteString.copyFromUtf8("y"));
    MetaRow removed = new MetaRow("user", second.id(), null);

    log.append(batches.withMeta(changed, removed));

    assertThat(Loaded.from(log).meta()).containsExactly(changed);
    assertThat(log.changesSince(known, 10).meta()).containsExactlyInAnyOrder(changed, removed);
    assertThat(log.changesSince(log.head(), 10).meta()).isEmpty();
  }

  @Test
  void changesComeInPagesOfWholeRevisions() throws LogException {
    Head known = log.head();
    List<LogRow> rows = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      LogRow first = batches.put("a" + i, "1");
      LogRow second = batches.sameRevision(first, "b" + i);
      rows.add(first);
      rows.add(second);
      log.append(batches.next(first, second));
    }
    MetaRow meta = new MetaRow("lease", ByteString.copyFromUtf8("1"), ByteString.EMPTY);
    log.append(batches.withMeta(meta));

    List<LogRow> read = new ArrayList<>();
    Changes page = log.changesSince(known, 7);
    while (page.more()) {
      assertThat(page.rows()).hasSize(8);
      assertThat(page.meta()).isEmpty();
      assertThat(page.head().revision()).isEqualTo(page.rows().getLast().revision());
      read.addAll(page.rows());
      page = log.changesSince(page.head(), 7);
    }
    read.addAll(page.rows());

    assertThat(read).isEqualTo(rows);
    assertThat(page.meta()).containsExactly(meta);
    assertThat(page.head()).isEqualTo(batches.head());
  }

  @Test
  void revisionGreaterThanAPageComesWhole() throws LogException {
    Head known = log.head();
    List<LogRow> rows = new ArrayList<>();
    LogRow first = batches.put("first", "1");
    rows.add(first);
    for (int i = 0; i < 500; i++) {
      rows.add(batches.sameRevision(rows.getLast(), "key" + i));
    }
    log.append(batches.next(rows));
    log.append(batches.next(batches.put("last", "1")));

    Changes page = log.changesSince(known, 3);

    assertThat(page.rows()).isEqualTo(rows);
    assertThat(page.more()).isTrue();
  }

  @Test
  void databaseThatWentBackwardsIsNoticed() throws LogException {
    log.append(batches.next(batches.put("a", "1")));
    Head head = log.head();
    List<Head> impossible =
        List.of(
            new Head(head.position() + 1, head.revision(), -1, 5, head.clusterId()),
            new Head(head.position(), head.revision() + 1, -1, head.token(), head.clusterId()),
            new Head(head.position(), head.revision(), -1, head.token() + 1, head.clusterId()),
            new Head(head.position(), head.revision(), -1, head.token(), ~head.clusterId()));

    for (Head known : impossible) {
      assertThatThrownBy(() -> log.changesSince(known, 10))
          .isInstanceOf(LogException.Corrupt.class);
    }
  }

  @Test
  void prunedRowsAreGoneAndWhoMissedThemIsTold() throws LogException {
    Head known = log.head();
    LogRow first = batches.put("a", "1");
    LogRow second = batches.put("a", "2");
    LogRow third = batches.put("a", "3");
    log.append(batches.next(first, second, third));

    log.prune(new long[] {first.id(), second.id()});

    assertThat(log.rows(new long[] {first.id(), second.id(), third.id()}))
        .containsExactly(null, null, third);
    assertThat(Loaded.from(log).rows()).hasSize(1);
    assertThatThrownBy(() -> log.changesSince(known, 10)).isInstanceOf(LogException.Pruned.class);
    Head after = new Head(known.position(), second.revision(), -1, 0, known.clusterId());
    assertThat(log.changesSince(after, 10).rows()).containsExactly(third);
  }

  @Test
  void pruningTakesABoundedNumberOfRows() throws LogException {
    long[] many = LongStream.range(0, RevisionLog.PRUNE_ROWS_MAX).map(i -> i << 30).toArray();

    log.prune(many);
    log.prune(new long[0]);

    assertThatThrownBy(() -> log.prune(new long[RevisionLog.PRUNE_ROWS_MAX + 1]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void reopeningKeepsEverything() throws LogException {
    LogRow row = batches.put("a", "1");
    MetaRow meta = new MetaRow("lease", ByteString.copyFromUtf8("1"), ByteString.EMPTY);
    log.append(batches.next(row));
    log.append(batches.withMeta(meta));
    Head head = log.head();

    reopen();

    assertThat(log.head()).isEqualTo(head);
    Loaded loaded = Loaded.from(log);
    assertThat(loaded.head()).isEqualTo(head);
    assertThat(loaded.meta()).containsExactly(meta);
    assertThat(loaded.rows()).extracting(LogRow::id).containsExactly(row.id());
  }

  @Test
  void sizeIsCounted() throws LogException {
    log.append(batches.next(batches.put("a", "1")));
    log.idle();

    LogSize size = log.size();

    assertThat(size.bytes()).isGreaterThan(4096);
    assertThat(size.bytesInUse()).isBetween(1L, size.bytes());
  }

  private static final MetaRow LEASE =
      new MetaRow("lease", ByteString.copyFromUtf8("1"), ByteString.EMPTY);

  @Test
  void scanIsOfOneStateWhateverHappensMeanwhile() throws Exception {
    List<LogRow> rows = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      rows.add(batches.put("key" + i, i % 50 == 0 ? "v".repeat(3 << 20) : "v"));
      log.append(batches.next(rows.getLast()));
    }
    MetaRow upper = new MetaRow("auth", ByteString.copyFrom(new byte[] {-1}), ByteString.EMPTY);
    MetaRow lower = new MetaRow("auth", ByteString.copyFrom(new byte[] {1}), ByteString.EMPTY);
    MetaRow capital = new MetaRow("Z", ByteString.EMPTY, ByteString.EMPTY);
    log.append(batches.withMeta(LEASE, upper, lower, capital));
    Head head = log.head();

    Scanned scanned =
        Scanned.from(
            log,
            Long.MAX_VALUE,
            () -> {
              changeAll(rows);
              return true;
            });

    assertThat(scanned.head()).isEqualTo(head);
    assertThat(scanned.rows()).isEqualTo(rows);
    assertThat(scanned.meta()).containsExactly(capital, lower, upper, LEASE);
    assertThat(Scanned.from(log).rows()).hasSize(201);
  }

  private void changeAll(List<LogRow> rows) {
    try {
      log.append(batches.next(batches.put("later", "v")));
      log.append(batches.withMeta(new MetaRow(LEASE.bucket(), LEASE.id(), null)));
      log.prune(rows.stream().limit(100).mapToLong(LogRow::id).toArray());
      log.idle();
    } catch (LogException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void closedLogRefusesEveryCall() {
    log.close();

    assertThatThrownBy(log::head).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(log::idle).isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> log.append(batches.compact(1)))
        .isInstanceOf(IllegalStateException.class);
  }
}
