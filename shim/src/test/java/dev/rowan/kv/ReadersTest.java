package dev.rowan.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.LogException;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

final class ReadersTest {
  private final Queue<Runnable> queue = new ArrayDeque<>();
  private final Answers answers = new Answers();

  @Test
  void readAnswersOnce() {
    Readers readers = new Readers(queue::add, Duration.ZERO);
    readers.run(reply -> answer(reply, "v"), answers);
    queue.remove().run();
    readers.refuseLate(System.nanoTime());

    assertThat(answers.seen).containsExactly("v", "completed");
  }

  @Test
  void readThatWaitsForTooLongIsRefusedAndItsAnswerDropped() {
    Readers readers = new Readers(queue::add, Duration.ZERO);
    readers.run(reply -> answer(reply, "v"), answers);
    readers.refuseLate(System.nanoTime());
    readers.refuseLate(System.nanoTime());
    queue.remove().run();

    assertThat(answers.seen).containsExactly(EtcdError.TIMED_OUT);
  }

  @Test
  void readHasItsTime() {
    Readers readers = new Readers(queue::add, Duration.ofDays(1));
    readers.run(reply -> answer(reply, "v"), answers);
    readers.refuseLate(System.nanoTime());

    assertThat(answers.seen).isEmpty();
  }

  @Test
  void failureOfTheDatabaseIsAnswered() {
    Readers readers = new Readers(queue::add, Duration.ofDays(1));
    readers.run(
        _ -> {
          throw new LogException.Unavailable("gone", new IllegalStateException());
        },
        answers);
    queue.remove().run();

    assertThat(answers.seen).containsExactly(EtcdError.TIMED_OUT);
  }

  @Test
  void readForWhichThereIsNoRoomIsRefused() {
    Readers readers =
        new Readers(
            _ -> {
              throw new RejectedExecutionException();
            },
            Duration.ZERO);

    assertThatThrownBy(() -> readers.run(reply -> answer(reply, "v"), answers))
        .isInstanceOfSatisfying(
            EtcdException.class,
            refusal -> assertThat(refusal.error()).isEqualTo(EtcdError.TOO_MANY_REQUESTS));
    readers.refuseLate(System.nanoTime());
    assertThat(answers.seen).isEmpty();
  }

  private static void answer(StreamObserver<String> reply, String value) {
    reply.onNext(value);
    reply.onCompleted();
  }

  /** Keeps what a client would get, in order. */
  private static final class Answers implements StreamObserver<String> {
    final List<Object> seen = new ArrayList<>();

    @Override
    public void onNext(String value) {
      seen.add(value);
    }

    @Override
    public void onError(Throwable t) {
      seen.add(((EtcdException) t).error());
    }

    @Override
    public void onCompleted() {
      seen.add("completed");
    }
  }
}
