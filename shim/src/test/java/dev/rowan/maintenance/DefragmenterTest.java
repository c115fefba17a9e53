package dev.rowan.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.LogException;
import dev.rowan.error.EtcdException;
import dev.rowan.proto.etcdserverpb.DefragmentResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
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

  private Call ask() {
    Call call = new Call();
    defragmenter.defragment(call);
    return call;
  }

  private void runThread() {
    thread.remove().run();
  }

  @Test
  void allThatWaitShareOneRun() {
    Call first = ask();
    Call second = ask();

    runThread();

    assertThat(runs).isEqualTo(1);
    assertThat(thread).isEmpty();
    assertThat(first.answer).isCompletedWithValue(DefragmentResponse.getDefaultInstance());
    assertThat(second.answer).isCompletedWithValue(DefragmentResponse.getDefaultInstance());
  }

  /** What they deleted may have come too late for the run that is under way. */
  @Test
  void whoComesDuringARunSharesTheNext() {
    Call[] later = new Call[3];
    meanwhile =
        () -> {
          if (runs == 1) {
            for (int i = 0; i < later.length; i++) {
              later[i] = ask();
            }
          } else {
            assertThat(later[0].answer).isNotDone();
          }
        };
    ask();

    runThread();

    assertThat(runs).isEqualTo(2);
    for (Call call : later) {
      assertThat(call.answer).isCompletedWithValue(DefragmentResponse.getDefaultInstance());
    }
  }

  @Test
  void whoGaveUpIsNotServed() {
    Call first = ask();
    Call second = ask();
    first.cancelled = true;
    second.cancelled = true;

    runThread();

    assertThat(runs).isZero();
    Call next = ask();
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
    Call first = new Call();
    failing.defragment(first);
    runThread();
    Call second = new Call();
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
    Call call = new Call();
    through.defragment(call);

    runThread();

    assertThat(call.answer).isCompletedWithValue(DefragmentResponse.getDefaultInstance());
  }

  /** A call as gRPC has it. */
  private static final class Call extends ServerCallStreamObserver<DefragmentResponse> {
    private final CompletableFuture<DefragmentResponse> answer = new CompletableFuture<>();
    private boolean cancelled;

    @Override
    public boolean isCancelled() {
      return cancelled;
    }

    @Override
    public void onNext(DefragmentResponse response) {
      answer.complete(response);
    }

    @Override
    public void onError(Throwable t) {
      answer.completeExceptionally(t);
    }

    @Override
    public void onCompleted() {}

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public void setOnCancelHandler(Runnable handler) {}

    @Override
    public void setOnReadyHandler(Runnable handler) {}

    @Override
    public void setCompression(String compression) {}

    @Override
    public void disableAutoInboundFlowControl() {}

    @Override
    public void request(int count) {}

    @Override
    public void setMessageCompression(boolean enable) {}
  }
}
