package dev.rowan.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class LongTasksTest {
  private static final int WAITING_MAX = 100;

  private final Queue<Runnable> readers = new ArrayDeque<>();
  private final LongTasks tasks = new LongTasks(readers::add);
  private final List<Integer> done = new ArrayList<>();

  private void runReader() {
    readers.remove().run();
  }

  @Test
  void oneReaderRunsAllThatWaitInOrder() {
    for (int i = 0; i < 3; i++) {
      int number = i;
      tasks.execute(() -> done.add(number));
    }

    assertThat(readers).hasSize(1);
    runReader();
    assertThat(done).containsExactly(0, 1, 2);
    tasks.execute(() -> done.add(3));
    runReader();
    assertThat(done).containsExactly(0, 1, 2, 3);
  }

  /** M-5: a compaction's hash, for which pruning waits, comes before those that clients ask for. */
  @Test
  void whatHoldsSomethingUpComesFirst() {
    tasks.execute(() -> tasks.execute(() -> done.add(4)));
    tasks.execute(() -> done.add(3));
    tasks.executeFirst(() -> done.add(1));
    tasks.executeFirst(() -> done.add(2));

    runReader();

    assertThat(done).containsExactly(1, 2, 3, 4);
  }

  @Test
  void aTaskThatFailsDoesNotHoldUpTheNext() {
    tasks.execute(() -> {
      throw new IllegalStateException("expected by the test");
    });
    tasks.execute(() -> done.add(1));

    runReader();

    assertThat(done).containsExactly(1);
  }

  @Test
  void tooManyAreRefused() {
    for (int i = 0; i < WAITING_MAX; i++) {
      tasks.execute(() -> done.add(0));
    }

    assertThatThrownBy(() -> tasks.execute(() -> done.add(0)))
        .isInstanceOf(RejectedExecutionException.class);
    runReader();
    assertThat(done).hasSize(WAITING_MAX);
  }

  @Test
  void readersThatRefuseAreAskedAgainByTheNextTask() {
    List<Runnable> accepted = new ArrayList<>();
    boolean[] refuse = {true};
    LongTasks refused =
        new LongTasks(task -> {
          if (refuse[0]) {
            throw new RejectedExecutionException();
          }
          accepted.add(task);
        });

    assertThatThrownBy(() -> refused.execute(() -> done.add(0)))
        .isInstanceOf(RejectedExecutionException.class);
    refuse[0] = false;
    refused.execute(() -> done.add(1));
    accepted.forEach(Runnable::run);

    assertThat(done).containsExactly(1);
  }
}
