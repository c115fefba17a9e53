package dev.rowan.it.history;

import dev.rowan.it.conformance.Pair;
import dev.rowan.it.conformance.Requests;
import dev.rowan.it.conformance.Side;
import dev.rowan.it.conformance.Transcript;
import dev.rowan.it.conformance.Watches;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One random history: each step goes to the oracle and then to the server under test, and their
 * answers must be equal before the next step. Each watcher has a stream of its own, is settled
 * before a step that could overtake it (a compaction, its cancel), and is compared at the end. Not
 * thread-safe.
 */
final class History implements AutoCloseable {
  private static final int WATCHERS_MAX = 8;

  /** More than the farthest future revision that is asked for. */
  private static final int LAST_PUTS = 5;

  private static final int TTL_SECONDS = 100_000;

  private final Choice choice;
  private final RequestGenerator requests;
  private final Side oracle;
  private final Side subject;
  private final List<Watcher> watchers = new ArrayList<>();
  private long compactRevision;
  private long ttlSeconds = TTL_SECONDS;

  /** A watcher on both sides, which stays listed after its end. */
  private record Watcher(Watches oracle, Watches subject) {}

  History(long seed, Pair pair) {
    choice = new Choice(seed);
    requests = new RequestGenerator(choice);
    oracle = pair.oracle();
    subject = pair.subject();
    compactRevision = oracle.rev(0);
  }

  /** Runs it, and returns the first difference, or what a server failed to do. */
  Optional<String> difference(int steps) {
    try {
      return run(steps);
    } catch (IllegalStateException | StatusRuntimeException e) {
      return Optional.of(Transcript.tail(oracle) + Transcript.tail(subject) + e.getMessage());
    }
  }

  private Optional<String> run(int steps) {
    for (int i = 0; i < steps; i++) {
      requests.at(revision(), compactRevision);
      step();
      Optional<String> difference = Transcript.difference(oracle, subject);
      if (difference.isPresent()) {
        return difference;
      }
    }
    finish();
    return Transcript.difference(oracle, subject);
  }

  private void step() {
    int kind = choice.below(100);
    if (kind < 25) {
      PutRequest.Builder put = requests.put();
      both(side -> side.put(put));
    } else if (kind < 33) {
      var delete = requests.delete();
      both(side -> side.delete(delete));
    } else if (kind < 52) {
      var range = requests.range();
      both(side -> side.range(range));
    } else if (kind < 55) {
      var range = requests.streamed();
      both(side -> side.rangeStream(range));
    } else if (kind < 80) {
      var txn = requests.txn();
      both(side -> side.txn(txn));
    } else if (kind < 90) {
      lease();
    } else if (kind < 93) {
      compact();
    } else {
      watch();
    }
  }

  private void lease() {
    long leaseId = requests.lease();
    boolean keys = choice.percent(50);
    switch (choice.below(10)) {
      case 0, 1, 2, 3 -> {
        // Never equal, so that the order of the list is determined.
        ttlSeconds += 1000;
        long chosen = choice.percent(10) ? 0 : leaseId;
        both(side -> side.grant(ttlSeconds, chosen));
      }
      case 4, 5 -> both(side -> side.revoke(leaseId));
      case 6, 7 -> both(side -> side.timeToLive(leaseId, keys));
      case 8 -> both(side -> side.keepAlives().renew(leaseId));
      default -> both(Side::leases);
    }
  }

  /** Settles the watchers first: what a compaction overtakes is not determined. */
  private void compact() {
    settle();
    long asked =
        choice.percent(30) ? requests.anyRevision() : choice.between(compactRevision, revision());
    var request = CompactionRequest.newBuilder().setRevision(asked).setPhysical(choice.percent(50));
    both(side -> side.compact(request));
    if (asked > compactRevision && asked <= revision()) {
      compactRevision = asked;
    }
  }

  private void watch() {
    if (watchers.size() < WATCHERS_MAX && choice.percent(70)) {
      WatchCreateRequest.Builder request = requests.watch();
      Watcher watcher = new Watcher(oracle.watches(), subject.watches());
      watchers.add(watcher);
      watcher.oracle.open(request);
      watcher.subject.open(request);
      settle();
    } else if (!watchers.isEmpty()) {
      settle();
      Watcher watcher = choice.of(watchers);
      watcher.oracle.shutAll();
      watcher.subject.shutAll();
    }
  }

  /** A watcher of the future cannot be settled, and need not be. */
  private void settle() {
    long revision = revision();
    for (Watcher watcher : watchers) {
      watcher.oracle.settle(revision);
      watcher.subject.settle(revision);
    }
  }

  private void finish() {
    for (int i = 0; i < LAST_PUTS; i++) {
      both(side -> side.put(Requests.put("sentinel", "")));
    }
    settle();
    both(side -> side.range(Requests.all()));
    for (Watcher watcher : watchers) {
      watcher.oracle.report();
      watcher.subject.report();
    }
  }

  private void both(Consumer<Side> step) {
    step.accept(oracle);
    step.accept(subject);
  }

  private long revision() {
    return oracle
        .unary(KVGrpc.getRangeMethod(), Requests.get("\0").build())
        .getHeader()
        .getRevision();
  }

  @Override
  public void close() {
    oracle.close();
    subject.close();
  }
}
