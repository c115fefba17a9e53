package dev.rowan.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.auth.Caller;
import dev.rowan.tracing.CallTrace;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class CommitDelayTest {
  private static final long MILLISECOND = Duration.ofMillis(1).toNanos();

  private final Backlog backlog = new Backlog();
  private final CommitDelay delay = new CommitDelay(backlog);

  @Test
  void whoQueuedDuringAnAppendWaitsForThoseWhomItAnswered() {
    queue(32);

    delay.committed(32, MILLISECOND);

    assertThat(delay.wanted()).isEqualTo(31 + 28);
  }

  @Test
  void nobodyIsWaitedForIfNobodyQueued() {
    delay.committed(1, MILLISECOND);

    assertThat(delay.wanted()).isZero();
  }

  @Test
  void twoClientsAreNotMadeToWaitForEachOther() {
    queue(1);

    delay.committed(1, MILLISECOND);

    assertThat(delay.wanted()).isZero();
  }

  @Test
  void theWaitEndsOnceTheyAreBack() throws InterruptedException {
    queue(10);
    delay.committed(10, Duration.ofDays(1).toNanos());
    assertThat(backlog.poll(Duration.ZERO)).isNotNull();
    queue(9);

    delay.await();
    delay.committed(19, MILLISECOND);

    assertThat(delay.wanted()).isEqualTo(17 + 17);
  }

  @Test
  void afterAWaitInVainBatchesAreAppendedAtOnceForAWhile() {
    queue(1);
    delay.committed(32, MILLISECOND);

    delay.await();
    delay.committed(32, MILLISECOND);

    assertThat(delay.wanted()).isZero();
    for (int batch = 1; batch < 32; batch++) {
      delay.committed(32, MILLISECOND);
    }
    assertThat(delay.wanted()).isEqualTo(28);
  }

  private void queue(int commands) {
    for (int i = 0; i < commands; i++) {
      assertThat(
              backlog.offer(
                  new Proposal<>(
                      new Command.BeginTerm(1),
                      Caller.INTERNAL,
                      new Unheard<>(),
                      0,
                      CallTrace.NONE)))
          .isTrue();
    }
  }

  private record Unheard<R>() implements StreamObserver<R> {
    @Override
    public void onNext(R response) {}

    @Override
    public void onError(Throwable refusal) {}

    @Override
    public void onCompleted() {}
  }
}
