package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.it.Client;
import dev.rowan.it.Ports;
import dev.rowan.it.Scrape;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.v3lockpb.LockGrpc;
import dev.rowan.proto.v3lockpb.LockRequest;
import dev.rowan.proto.v3lockpb.LockResponse;
import dev.rowan.proto.v3lockpb.UnlockRequest;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Lock service with more waiters than a server has threads. */
abstract class LockContract {
  private static final int WAITERS = 1_500;
  private static final int THREADS_MAX = 100;
  private static final Duration LONG = Duration.ofMinutes(2);

  private final int metricsPort = Ports.free();
  private Server server;
  private Client holder;

  /** Starts a server over an empty store. */
  abstract Server start(String... flags);

  @BeforeEach
  void open() {
    server = start("--listen-metrics-urls=http://127.0.0.1:" + metricsPort);
    holder = server.client();
    for (int lease = 1; lease <= WAITERS + 1; lease++) {
      var _ =
          holder
              .lease()
              .leaseGrant(LeaseGrantRequest.newBuilder().setID(lease).setTTL(10_000).build());
    }
    LockResponse _ = LockGrpc.newBlockingStub(holder.channel()).lock(lock(1));
  }

  @AfterEach
  void close() {
    holder.close();
    server.close();
  }

  @Test
  void waitersTakeTurnsInTheOrderTheyCameAndHoldNoThreads() throws Exception {
    try (Client client = server.client()) {
      Queue<Long> createRevisions = new ConcurrentLinkedQueue<>();
      AtomicInteger holders = new AtomicInteger();
      AtomicInteger holdersMax = new AtomicInteger();
      CountDownLatch done = new CountDownLatch(WAITERS);
      for (int lease = 2; lease <= WAITERS + 1; lease++) {
        LockGrpc.newStub(client.channel())
            .lock(
                lock(lease),
                new Answered<>(locked -> {
                  holdersMax.accumulateAndGet(holders.incrementAndGet(), Math::max);
                  createRevisions.add(locked.getHeader().getRevision());
                  holders.decrementAndGet();
                  unlock(client, locked.getKey());
                  done.countDown();
                }));
      }
      awaitWaiting(WAITERS);
      assertThat(Scrape.of(metricsPort).value("jvm_threads_current")).isLessThan(THREADS_MAX);

      unlock(holder, Requests.bytes("l/1"));

      assertThat(done.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(holdersMax).hasValue(1);
      List<Long> revisions = new ArrayList<>(createRevisions);
      assertThat(revisions).hasSize(WAITERS).isSorted();
      awaitWaiting(0);
      await().atMost(LONG).until(() -> keys() == 0);
    }
  }

  @Test
  void waitersWhoseClientGoesAwayLeaveNothing() {
    try (Client client = server.client()) {
      for (int lease = 2; lease <= WAITERS + 1; lease++) {
        LockGrpc.newStub(client.channel()).lock(lock(lease), new Answered<>(locked -> {}));
      }
      awaitWaiting(WAITERS);
      assertThat(keys()).isEqualTo(WAITERS + 1);
    }

    awaitWaiting(0);
    await().atMost(LONG).until(() -> keys() == 1);
  }

  private void awaitWaiting(int waiters) {
    await().atMost(LONG).until(() -> Scrape.of(metricsPort).value("rowan_watchers") == waiters);
  }

  private long keys() {
    return holder.kv().range(Requests.range("l/", "l0").setCountOnly(true).build()).getCount();
  }

  private static LockRequest lock(int lease) {
    return LockRequest.newBuilder().setName(Requests.bytes("l")).setLease(lease).build();
  }

  private static void unlock(Client client, ByteString key) {
    LockGrpc.newStub(client.channel())
        .unlock(UnlockRequest.newBuilder().setKey(key).build(), new Answered<>(ignored -> {}));
  }

  /** What follows an answer; a failure shows as its missing. */
  private record Answered<R>(Consumer<R> then) implements StreamObserver<R> {
    @Override
    public void onNext(R answer) {
      then.accept(answer);
    }

    @Override
    public void onError(Throwable t) {}

    @Override
    public void onCompleted() {}
  }
}
