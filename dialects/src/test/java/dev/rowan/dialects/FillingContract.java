package dev.rowan.dialects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a log must do that a snapshot is restored into. */
public abstract class FillingContract extends RevisionLogContract {
  private static final MetaRow LEASE =
      new MetaRow("lease", ByteString.copyFromUtf8("1"), ByteString.EMPTY);

  @Test
  void filledLogKeepsTheRevisionsItWasGiven() throws Exception {
    long clusterId = log.head().clusterId();
    LogRow old = new LogRow(RowId.of(40, 7), LEASE.id(), ByteString.EMPTY, 0, 0, 0);
    LogRow first = new LogRow(RowId.of(51, 0), LEASE.id(), LEASE.id(), 12, 9, 77);
    LogRow second = new LogRow(RowId.of(52, 3), LEASE.id(), ByteString.EMPTY, 12, 10, 77);

    try (Filling filling = log.fill()) {
      filling.add(List.of(old, first), List.of());
      filling.add(List.of(), List.of(LEASE));
      filling.add(List.of(second), List.of());
      filling.finish(52, 50, 50);
    }
    reopen();

    Head head = log.head();
    assertThat(head).isEqualTo(new Head(2, 52, 50, head.token(), clusterId));
    assertThat(Scanned.from(log))
        .isEqualTo(new Scanned(head, List.of(LEASE), List.of(old, first, second)));
    assertThat(Loaded.from(log).rows()).hasSize(3);
    batches = new Batches(head);
    log.append(batches.next(batches.put("next", "v")));
    assertThat(log.changesSince(head, 10).rows()).extracting(LogRow::revision).containsExactly(53L);
  }

  @Test
  void fillingThatIsNotFinishedLeavesNothing() throws Exception {
    Head fresh = log.head();
    try (Filling filling = log.fill()) {
      filling.add(List.of(batches.put("a", "1")), List.of(LEASE));
    }

    assertThat(Scanned.from(log)).isEqualTo(new Scanned(fresh, List.of(), List.of()));
    try (Filling filling = log.fill()) {
      filling.finish(9, 9, 9);
    }
    assertThat(Loaded.from(log).head().revision()).isEqualTo(9);
  }

  @Test
  void logThatWasAppendedToIsNotFilled() throws LogException {
    log.append(batches.withMeta(LEASE));

    assertThatThrownBy(() -> log.fill()).isInstanceOf(LogException.Conflict.class);

    assertThat(log.head()).isEqualTo(batches.head());
  }
}
