package dev.rowan.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.mvcc.Command;
import dev.rowan.proto.etcdserverpb.DefragmentResponse;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** CFG-4: a stop takes its time, not the database's. */
class StopTest {
  @TempDir Path folder;

  @Test
  @Timeout(30)
  void databaseThatDoesNotComeBackIsNotWaitedFor() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (RevisionLog log = Endpoint.parse("", folder).open(true)) {
      SmallStore store = new SmallStore(defragmentingUntil(end, begun, log));
      CompletableFuture<DefragmentResponse> answer =
          store.sequencer.carryOut(new Command.Defragment());
      begun.await();

      store.sequencer.close();

      assertThat(store.sequencer.stopped()).isFalse();
      assertThatThrownBy(() -> store.put("a", "1")).hasMessageContaining("server stopped");
      end.countDown();
      SmallStore.await(answer);
      store.sequencer.close();
      assertThat(store.sequencer.stopped()).isTrue();
    }
  }

  /** The same log, but for one method: as SQLite does, it takes no notice of an interrupt. */
  private static RevisionLog defragmentingUntil(
      CountDownLatch end, CountDownLatch begun, RevisionLog log) throws LogException {
    return (RevisionLog)
        Proxy.newProxyInstance(
            RevisionLog.class.getClassLoader(),
            new Class<?>[] {RevisionLog.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("defragment")) {
                begun.countDown();
                awaitAll(end);
                return null;
              }
              try {
                return method.invoke(log, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static void awaitAll(CountDownLatch end) {
    while (end.getCount() > 0) {
      try {
        end.await();
      } catch (InterruptedException e) {
        assertThat(end.getCount()).isPositive();
      }
    }
  }
}
