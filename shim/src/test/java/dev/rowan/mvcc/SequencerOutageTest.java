package dev.rowan.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.rowan.auth.AuthBook;
import dev.rowan.auth.SimpleTokens;
import dev.rowan.cluster.Identity;
import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.metrics.Metrics;
import dev.rowan.proto.etcdserverpb.PutRequest;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that does the one thing and not the other: what is told of each. */
final class SequencerOutageTest {
  @TempDir Path folder;
  private final AtomicInteger failures = new AtomicInteger();

  @Test
  void writesThatSucceedDoNotEndAnOutageOfReads() throws Exception {
    try (RevisionLog log = Endpoint.parse("", folder).open(true);
        Sequencer sequencer = sequencer(log)) {
      sequencer.reads().failed(unavailable());

      put(sequencer);

      assertThat(sequencer.reads().over()).as("it lasted until now").isTrue();
    }
  }

  @Test
  void writesThatFailAreNoOutageOfReads() throws Exception {
    try (RevisionLog log = Endpoint.parse("", folder).open(true);
        Sequencer sequencer = sequencer(log)) {
      failures.set(3);

      put(sequencer);

      assertThat(failures).hasNegativeValue();
      assertThat(sequencer.reads().over()).as("there was one").isFalse();
    }
  }

  private static LogException unavailable() {
    return new LogException.Unavailable("expected by the test", new IOException());
  }

  private Sequencer sequencer(RevisionLog log) throws LogException {
    RevisionLog failing = failing(log);
    SimpleTokens tokens = new SimpleTokens(Duration.ofMinutes(5), System::nanoTime, false);
    LoadedStore loaded =
        LoadedStore.load(failing, new AuthBook(tokens), System::nanoTime, Duration.ZERO);
    Sequencer sequencer =
        new Sequencer(
            failing,
            loaded,
            Identity.of(loaded.head().clusterId(), 1, 2),
            new Values(failing, 1 << 20),
            (view, changes) -> {},
            new Metrics("test"),
            Duration.ofSeconds(30),
            Assertions::fail);
    sequencer.start();
    return sequencer;
  }

  /** The same log, of which as many appends fail as the test wants. */
  private RevisionLog failing(RevisionLog log) {
    return (RevisionLog)
        Proxy.newProxyInstance(
            RevisionLog.class.getClassLoader(),
            new Class<?>[] {RevisionLog.class},
            (proxy, method, arguments) -> {
              if (method.getName().equals("append") && failures.getAndDecrement() > 0) {
                throw unavailable();
              }
              try {
                return method.invoke(log, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static void put(Sequencer sequencer) throws Exception {
    PutRequest request = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build();
    sequencer.carryOut(new Command.Put(request)).get(30, TimeUnit.SECONDS);
  }
}
