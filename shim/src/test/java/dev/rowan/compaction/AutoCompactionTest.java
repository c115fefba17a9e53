package dev.rowan.compaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.Command;
import dev.rowan.proto.etcdserverpb.CompactionResponse;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** CFG-3, by a clock that is set by hand. */
class AutoCompactionTest {
  private final List<Long> compacted = new ArrayList<>();
  private @Nullable EtcdError refusal;
  private @Nullable StreamObserver<CompactionResponse> unanswered;
  private boolean answers = true;
  private boolean leads = true;
  private long revision = 1;
  private long nanos = 5_000_000_000L;

  @Test
  void everythingIsKeptUnlessToldOtherwise() {
    assertThat(
            AutoCompaction.of(
                new Retention.Everything(), () -> 1, () -> 1, () -> true, this::compact))
        .isEmpty();
  }

  @Test
  void aStepIsATenthOfThePeriodAndAtMostOfAnHour() {
    assertThat(periodic(Duration.ofHours(24)).period()).isEqualTo(Duration.ofMinutes(6));
    assertThat(periodic(Duration.ofHours(1)).period()).isEqualTo(Duration.ofMinutes(6));
    assertThat(periodic(Duration.ofMinutes(59)).period()).isEqualTo(Duration.ofSeconds(354));
    assertThat(periodic(Duration.ofSeconds(5)).period()).isEqualTo(Duration.ofMillis(500));
  }

  /** Revision k + 1 is that of step k, so that a compaction shows how old it is. */
  @Test
  void aShortPeriodIsCompactedOnceAPeriodAtWhatIsAPeriodOld() {
    AutoCompaction auto = periodic(Duration.ofMinutes(10));

    assertThat(steps(auto, 9)).isEmpty();
    assertThat(steps(auto, 1)).containsExactly(1L);
    assertThat(steps(auto, 9)).isEmpty();
    assertThat(steps(auto, 1)).containsExactly(10L);
    assertThat(steps(auto, 10)).containsExactly(20L);
  }

  @Test
  void oneThatDoesNotLeadKeepsTheScheduleAndGoesOnWithItOnceItLeads() {
    AutoCompaction auto = periodic(Duration.ofMinutes(10));
    leads = false;
    assertThat(steps(auto, 25)).isEmpty();
    leads = true;

    assertThat(steps(auto, 1)).containsExactly(16L);
  }

  @Test
  void aLongPeriodIsCompactedOnceAnHourAfterTheFirstPeriod() {
    AutoCompaction auto = periodic(Duration.ofHours(5));

    assertThat(steps(auto, 49)).isEmpty();
    assertThat(steps(auto, 1)).containsExactly(1L);
    assertThat(steps(auto, 9)).isEmpty();
    assertThat(steps(auto, 1)).containsExactly(10L);
    assertThat(steps(auto, 100)).hasSize(10).endsWith(110L);
  }

  @Test
  void whatFailedIsTriedAgainAfterOneStepAtWhatIsAPeriodOldThen() {
    AutoCompaction auto = periodic(Duration.ofHours(1));
    refusal = EtcdError.TIMED_OUT;

    assertThat(steps(auto, 12)).containsExactly(1L, 1L, 2L);
    refusal = null;
    assertThat(steps(auto, 1)).containsExactly(3L);
    assertThat(steps(auto, 9)).isEmpty();
    assertThat(steps(auto, 1)).containsExactly(13L);
  }

  /** As when another instance over the same database was first. */
  @Test
  void whatIsCompactedAlreadyIsDone() {
    AutoCompaction auto = periodic(Duration.ofHours(1));
    refusal = EtcdError.COMPACTED;

    assertThat(steps(auto, 19)).containsExactly(1L);
    assertThat(steps(auto, 1)).containsExactly(10L);
  }

  @Test
  void aRevisionThatHasNotChangedIsNotCompactedAgain() {
    AutoCompaction auto = periodic(Duration.ofHours(1));
    assertThat(steps(auto, 10)).containsExactly(1L);

    for (int i = 0; i < 50; i++) {
      nanos += auto.period().toNanos();
      auto.step();
    }

    assertThat(compacted).containsExactly(1L, 10L, revision);
  }

  @Test
  void noSecondCompactionBeginsWhileOneIsUnderWay() {
    AutoCompaction auto = periodic(Duration.ofHours(1));
    answers = false;

    assertThat(steps(auto, 15)).containsExactly(1L);
    answers = true;
    Objects.requireNonNull(unanswered).onNext(CompactionResponse.getDefaultInstance());
    assertThat(steps(auto, 4)).isEmpty();
    assertThat(steps(auto, 1)).containsExactly(10L);
  }

  @Test
  void revisionsAreCountedFromTheNewestEveryFiveMinutes() {
    AutoCompaction auto = begin(new Retention.Revisions(100));

    assertThat(auto.period()).isEqualTo(Duration.ofMinutes(5));
    assertThat(stepAt(auto, 100)).isEmpty();
    assertThat(stepAt(auto, 110)).containsExactly(10L);
    assertThat(stepAt(auto, 110)).isEmpty();
    refusal = EtcdError.TIMED_OUT;
    assertThat(stepAt(auto, 111)).containsExactly(11L);
    refusal = EtcdError.COMPACTED;
    assertThat(stepAt(auto, 111)).containsExactly(11L);
    assertThat(stepAt(auto, 111)).isEmpty();
  }

  private List<Long> stepAt(AutoCompaction auto, long newest) {
    revision = newest - 1;
    return steps(auto, 1);
  }

  private AutoCompaction periodic(Duration period) {
    return begin(new Retention.Period(period));
  }

  private AutoCompaction begin(Retention retention) {
    return AutoCompaction.of(retention, () -> revision, () -> nanos, () -> leads, this::compact)
        .orElseThrow();
  }

  private void compact(Command.Compact command, StreamObserver<CompactionResponse> reply) {
    compacted.add(command.request().getRevision());
    if (!answers) {
      unanswered = reply;
    } else if (refusal != null) {
      reply.onError(refusal.exception());
    } else {
      reply.onNext(CompactionResponse.getDefaultInstance());
      reply.onCompleted();
    }
  }

  /** Lets so many steps pass, each with a revision more, and gives what they compacted at. */
  private List<Long> steps(AutoCompaction auto, int steps) {
    int before = compacted.size();
    for (int i = 0; i < steps; i++) {
      nanos += auto.period().toNanos();
      revision++;
      auto.step();
    }
    return List.copyOf(compacted.subList(before, compacted.size()));
  }
}
