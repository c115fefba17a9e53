package dev.rowan.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.LogException;
import dev.rowan.error.EtcdException;
import dev.rowan.grpc.TestCall;
import dev.rowan.proto.etcdserverpb.DefragmentResponse;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** M-3, with clients that give up and ask again. The thread runs when the test says so. */
class DefragmenterTest {
  @TempDir Path folder;
  private final Queue<Runnable> thread = new ArrayDeque<>();
  private SmallStore store;
  private StoreSize size;
  private Defragmenter defragmenter;
  private int runs;
  private Runnable meanwhile = () -> {};

  @BeforeEach
  void open() throws LogException {
    store = new SmallStore(folder);
    size = new StoreSize(store.log);
    defragmenter =
        new Defragmenter(
            () -> {
              runs++;
              meanwhile.run();
              store.log.defragment();
            },
            size,
            thread::add);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private TestCall<DefragmentResponse> ask() {
    TestCall<DefragmentResponse> call = new TestCall<>();
    defragmenter.defragment(call);
    return call;
  }

  private void runThread() {
    thread.remove().run();
  }

  @Test
  void allThatWaitShareOneRun() {
    TestCall<DefragmentResponse> first = ask();
    TestCall<DefragmentResponse> second = ask();

    runThread();

    assertThat(runs).isEqualTo(1);
    assertThat(thread).isEmpty();
    assertThat(first.answer).isCompletedWithValue(DefragmentResponse.getDefaultInstance());
    assertThat(second.answer).isCompletedWithValue(DefragmentResponse.getDefaultInstance());
  }

  /** What they deleted may have come too late for the run that is under way. */
  @Test
  void whoComesDuringARunSharesTheNext() {
    List<TestCall<DefragmentResponse>> later = new ArrayList<>();
    meanwhile =
        () -> {
          if (runs == 1) {
            for (int i = 0; i < 3; i++) {
              later.add(ask());
            }
          } else {
            assertThat(later.getFirst().answer).isNotDone();
          }
        };
    ask();

    runThread();

    assertThat(runs).isEqualTo(2);
    for (TestCall<DefragmentResponse> call : later) {
      assertThat(call.answer).isCompletedWithValue(DefragmentResponse.getDefaultInstance());
    }
  }

  @Test
  void whoGaveUpIsNotServed() {
    TestCall<DefragmentResponse> first = ask();
    TestCall<DefragmentResponse> second = ask();
    first.cancel();
    second.cancel();

    runThread();

    assertThat(runs).isZero();
    TestCall<DefragmentResponse> next = ask();
    runThread();
    assertThat(runs).isEqualTo(1);
    assertThat(next.answer).isDone();
  }

  @Test
  void failureIsAnsweredAndTheNextRunGoesOn() {
    Defragmenter failing =
        new Defragmenter(
            () -> {
              if (runs++ == 0) {
                throw new LogException.Unavailable("expected", new SQLException("by the test"));
              }
            },
            size,
            thread::add);
    TestCall<DefragmentResponse> first = new TestCall<>();
    failing.defragment(first);
    runThread();
    TestCall<DefragmentResponse> second = new TestCall<>();
    failing.defragment(second);
    runThread();

    assertThatThrownBy(first.answer::get)
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOf(EtcdException.class)
        .hasMessageContaining("request timed out");
    assertThat(second.answer).isCompleted();
  }

  @Test
  void logThatIsNotSharedIsDefragmentedByTheSequencer() {
    Defragmenter through = new Defragmenter(store.log, store.sequencer, size, thread::add);
    TestCall<DefragmentResponse> call = new TestCall<>();
    through.defragment(call);

    runThread();

    assertThat(call.answer).isCompletedWithValue(DefragmentResponse.getDefaultInstance());
  }
}
