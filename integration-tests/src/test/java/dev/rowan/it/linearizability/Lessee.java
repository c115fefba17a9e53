package dev.rowan.it.linearizability;

import dev.rowan.it.Client;
import dev.rowan.it.LeaseSession;
import dev.rowan.it.StreamSession.Received;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * A client that has one lease after the other, with a key each. It renews it for a while, now here
 * and now there, and then lets it end, and looks all the time whether the key is there. One
 * thread's.
 */
final class Lessee implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  /** What a lease is given again when somebody else leads, many times over. */
  private static final Duration END_MAX = Duration.ofSeconds(90);

  private static final int TTL_SECONDS_MIN = 2;
  private static final int TTL_SECONDS_MAX = 5;
  private static final int RENEWALS_MAX = 12;

  private final List<Instance> instances;
  private final List<Client> clients;
  private final SplittableRandom random;
  private final long firstId;
  private final List<String> findings = new ArrayList<>();
  private int ended;
  private int renewed;

  /**
   * A client that has no lease yet.
   *
   * @param firstId of its leases, which are counted on
   */
  Lessee(List<Instance> instances, SplittableRandom random, long firstId) {
    this.instances = instances;
    this.clients = instances.stream().map(Instance::client).toList();
    this.random = random;
    this.firstId = firstId;
  }

  /**
   * A lease.
   *
   * @param id its key is named after it
   */
  private record Lease(long id, long ttlSeconds) {
    String key() {
      return "lease/" + id;
    }

    /** When it may end at the earliest if it was granted or renewed after that moment. */
    long endNanos(long fromNanos) {
      return fromNanos + TimeUnit.SECONDS.toNanos(ttlSeconds);
    }
  }

  /** Goes on until it is told to stop and the last lease has ended. */
  void run(CountDownLatch stop) {
    for (long id = firstId; stop.getCount() > 0; id++) {
      Lease lease = new Lease(id, random.nextLong(TTL_SECONDS_MIN, TTL_SECONDS_MAX + 1));
      long asked = System.nanoTime();
      if (grant(lease) && put(lease)) {
        live(lease, lease.endNanos(asked));
      }
    }
  }

  /** What went wrong; for after its end. */
  List<String> findings() {
    return findings;
  }

  /** How many leases have ended as they should; for after its end. */
  int ended() {
    return ended;
  }

  /** How many renewals were answered; for after its end. */
  int renewed() {
    return renewed;
  }

  private boolean grant(Lease lease) {
    LeaseGrantRequest request =
        LeaseGrantRequest.newBuilder().setID(lease.id()).setTTL(lease.ttlSeconds()).build();
    return ask(client ->
            client
                .lease()
                .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .leaseGrant(request))
        .isPresent();
  }

  private boolean put(Lease lease) {
    PutRequest request = Requests.put(lease.key(), "x").setLease(lease.id()).build();
    return ask(client ->
            client.kv().withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS).put(request))
        .isPresent();
  }

  /** Until it is gone. */
  private void live(Lease lease, long firstEndNanos) {
    long endNanos = firstEndNanos;
    int renewals = random.nextInt(RENEWALS_MAX);
    long deadline = System.nanoTime() + END_MAX.toNanos();
    while (isThere(lease)) {
      if (renewals > 0 && random.nextInt(3) == 0) {
        long asked = System.nanoTime();
        if (renew(lease, endNanos)) {
          endNanos = lease.endNanos(asked);
        }
        renewals--;
      } else if (System.nanoTime() - deadline > 0) {
        findings.add(lease + " does not end");
        return;
      }
    }
    checkTime(lease, endNanos, "its key");
    ended++;
  }

  /** As a linearizable read sees its key; still there if nobody answers. */
  private boolean isThere(Lease lease) {
    RangeRequest request = Requests.get(lease.key()).build();
    return ask(client ->
            client
                .kv()
                .withDeadlineAfter(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .range(request))
        .map(response -> response.getCount() > 0)
        .orElse(true);
  }

  /** Returns whether it is known to have been renewed. */
  private boolean renew(Lease lease, long endNanos) {
    int which = random.nextInt(instances.size());
    try (LeaseSession session = clients.get(which).keepAlive()) {
      session.renew(lease.id());
      Received<LeaseKeepAliveResponse> answer = session.stream().poll(PATIENCE).orElse(null);
      if (!(answer instanceof Received.Response<LeaseKeepAliveResponse>(var response))) {
        return false;
      }
      instances.get(which).answers();
      if (response.getTTL() <= 0) {
        checkTime(lease, endNanos, "not renewed");
        return false;
      }
      renewed++;
      return true;
    }
  }

  private void checkTime(Lease lease, long endNanos, String what) {
    long early = endNanos - System.nanoTime();
    if (early > 0) {
      findings.add(
          "%s is gone %d ms early: %s"
              .formatted(lease, TimeUnit.NANOSECONDS.toMillis(early), what));
    }
  }

  /** Asks one of the instances by chance. */
  private <R> Optional<R> ask(Function<Client, R> request) {
    int which = random.nextInt(instances.size());
    clients.get(which).channel().resetConnectBackoff();
    try {
      R answer = request.apply(clients.get(which));
      instances.get(which).answers();
      return Optional.of(answer);
    } catch (StatusRuntimeException e) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    clients.forEach(Client::close);
  }
}
