package dev.rowan.mvcc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.auth.AuthBook;
import dev.rowan.auth.SimpleTokens;
import dev.rowan.cluster.Identity;
import dev.rowan.dialects.Endpoint;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.metrics.Metrics;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A database that does the one thing and not the other: what is told of each. */
final class SequencerOutageTest {
  private static final Duration TTL_AND_MORE = Duration.ofMillis(1500);

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

  /** L-8: nobody could renew it, so that no holder is to blame. */
  @Test
  void leaseDoesNotEndForATimeInWhichNothingCouldBeCommitted() throws Exception {
    try (RevisionLog log = Endpoint.parse("", folder).open(true);
        Sequencer sequencer = sequencer(log, Duration.ofMillis(100))) {
      LeaseGrantRequest request = LeaseGrantRequest.newBuilder().setID(7).setTTL(1).build();
      long lease = sequencer.carryOut(new Command.LeaseGrant(request)).get().getID();
      failures.set(Integer.MAX_VALUE);
      CompletableFuture<?> waiting = sequencer.carryOut(put());
      long began = System.nanoTime();
      await()
          .until(() -> {
            sequencer.refuseLate(System.nanoTime());
            return waiting.isDone() && System.nanoTime() - began > TTL_AND_MORE.toNanos();
          });

      int left = failures.get();
      Command.ExpireLeases expire = new Command.ExpireLeases(10, Duration.ZERO);
      CompletableFuture<Integer> ended = sequencer.carryOut(expire);
      await().until(() -> ended.isDone() || failures.get() < left);
      failures.set(0);

      assertThat(ended.get()).isZero();
      LeaseTimeToLiveRequest asked = LeaseTimeToLiveRequest.newBuilder().setID(lease).build();
      assertThat(sequencer.carryOut(new Command.LeaseTimeToLive(asked)).get().getTTL())
          .isNotNegative();
    }
  }

  /** Nobody writes any more: what ends leases finds out by itself that the log takes appends. */
  @Test
  void leaseEndsAfterAnOutageWithoutAWrite() throws Exception {
    try (RevisionLog log = Endpoint.parse("", folder).open(true);
        Sequencer sequencer = sequencer(log, Duration.ofMillis(100))) {
      LeaseGrantRequest request = LeaseGrantRequest.newBuilder().setID(7).setTTL(1).build();
      sequencer.carryOut(new Command.LeaseGrant(request)).get();
      failures.set(Integer.MAX_VALUE);
      CompletableFuture<?> waiting = sequencer.carryOut(put());
      await()
          .until(() -> {
            sequencer.refuseLate(System.nanoTime());
            return waiting.isDone();
          });
      failures.set(0);

      await()
          .until(() -> sequencer.carryOut(new Command.ExpireLeases(10, Duration.ZERO)).get() == 1);
    }
  }

  private static LogException unavailable() {
    return new LogException.Unavailable("expected by the test", new IOException());
  }

  private Sequencer sequencer(RevisionLog log) throws LogException {
    return sequencer(log, Duration.ofSeconds(30));
  }

  private Sequencer sequencer(RevisionLog log, Duration timeout) throws LogException {
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
            timeout,
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
    sequencer.carryOut(put()).get(30, TimeUnit.SECONDS);
  }

  private static Command.Put put() {
    PutRequest request = PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("a")).build();
    return new Command.Put(request);
  }
}
