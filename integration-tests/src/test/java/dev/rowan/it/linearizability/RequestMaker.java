package dev.rowan.it.linearizability;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.Compare.CompareResult;
import dev.rowan.proto.etcdserverpb.Compare.CompareTarget;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Makes random requests over keys so few that clients meet on them all the time. Each put has a
 * value of its own. Remembers what its client was told of the keys, so that compares hold about
 * half the time. One thread's.
 */
final class RequestMaker {
  private static final List<String> KEYS = List.of("a0", "a1", "a2", "a3", "b0", "b1", "b2", "b3");

  /** Now and then a value is large, so that catching up fills more than one fragment. */
  private static final int LARGE_CHARS = 2000;

  private static final int RECENT_REVISIONS = 500;

  /** Nothing expires in these tests. */
  private static final long TTL_SECONDS = 1_000_000;

  private final String name;
  private final SplittableRandom random;
  private final Leases leases;
  private final Map<ByteString, KeyValue> known = new HashMap<>();
  private int made;

  RequestMaker(String name, SplittableRandom random, Leases leases) {
    this.name = name;
    this.random = random;
    this.leases = leases;
  }

  /**
   * Makes the next request.
   *
   * @param revision that some client was told of
   */
  Message next(long revision) {
    int kind = random.nextInt(100);
    if (kind < 20) {
      return put(KEYS.get(random.nextInt(KEYS.size()))).build();
    } else if (kind < 27) {
      return delete(random.nextInt(8)).build();
    } else if (kind < 65) {
      return txn();
    } else if (kind < 87) {
      return range().build();
    } else if (kind < 92) {
      return range()
          .setRevision(Math.max(Log.FIRST_REVISION, revision - random.nextInt(RECENT_REVISIONS)))
          .build();
    } else if (kind < 96) {
      return LeaseGrantRequest.newBuilder().setID(leases.create()).setTTL(TTL_SECONDS).build();
    }
    return LeaseRevokeRequest.newBuilder().setID(leases.end(random)).build();
  }

  private boolean percent(int chance) {
    return random.nextInt(100) < chance;
  }

  private PutRequest.Builder put(String key) {
    String value = name + "-" + made++;
    if (percent(8)) {
      value += "-" + ".".repeat(random.nextInt(LARGE_CHARS));
    }
    PutRequest.Builder put = Requests.put(key, value).setPrevKv(percent(40));
    return percent(25) ? put.setLease(leases.any(random)) : put;
  }

  private DeleteRangeRequest.Builder delete(int kind) {
    String key = KEYS.get(random.nextInt(KEYS.size()));
    DeleteRangeRequest.Builder delete =
        switch (kind) {
          case 0 -> Requests.delete("a", "b");
          case 1 -> Requests.delete(key, "c");
          default -> Requests.delete(key);
        };
    return delete.setPrevKv(percent(50));
  }

  private RangeRequest.Builder range() {
    RangeRequest.Builder range =
        switch (random.nextInt(5)) {
          case 0 -> Requests.all();
          case 1 -> Requests.range("a", "b").setLimit(random.nextInt(4));
          case 2 -> Requests.range("b", "c").setCountOnly(percent(50));
          default -> Requests.get(KEYS.get(random.nextInt(KEYS.size())));
        };
    return range.setSerializable(percent(30));
  }

  /** Compares some keys with what is known of them; then writes, or else reads them. */
  private TxnRequest txn() {
    List<String> keys = new ArrayList<>(KEYS);
    Collections.shuffle(keys, java.util.Random.from(random));
    List<String> compared = keys.subList(0, random.nextInt(3));
    List<String> changed = keys.subList(0, random.nextInt(1, 4));
    TxnRequest.Builder txn = Requests.txn();
    for (String key : compared) {
      txn.addCompare(compare(key, known.get(Requests.bytes(key))));
    }
    for (String key : changed) {
      switch (random.nextInt(6)) {
        case 0 -> txn.addSuccess(Requests.op(Requests.delete(key).setPrevKv(percent(50))));
        case 1 -> txn.addSuccess(Requests.op(Requests.range("a", "c")));
        default -> txn.addSuccess(Requests.op(put(key)));
      }
    }
    for (String key : compared.isEmpty() ? changed : compared) {
      txn.addFailure(Requests.op(percent(5) ? Requests.all() : Requests.get(key)));
    }
    return txn.build();
  }

  private Compare compare(String key, @Nullable KeyValue kv) {
    if (kv == null) {
      return random.nextBoolean()
          ? Requests.missing(key)
          : Requests.compare(CompareResult.EQUAL, CompareTarget.MOD, key).build();
    }
    return switch (random.nextInt(7)) {
      case 0 ->
          Requests.compare(CompareResult.EQUAL, CompareTarget.VALUE, key)
              .setValue(kv.getValue())
              .build();
      case 1 ->
          Requests.compare(CompareResult.LESS, CompareTarget.VERSION, key)
              .setVersion(kv.getVersion() + 2)
              .build();
      case 2 ->
          Requests.compare(CompareResult.NOT_EQUAL, CompareTarget.LEASE, key)
              .setLease(kv.getLease())
              .build();
      case 3 ->
          Requests.compare(CompareResult.EQUAL, CompareTarget.CREATE, key)
              .setCreateRevision(kv.getCreateRevision())
              .build();
      default ->
          Requests.compare(CompareResult.EQUAL, CompareTarget.MOD, key)
              .setModRevision(kv.getModRevision())
              .build();
    };
  }

  /** Takes note of what the keys were. */
  void learn(Message request, Message response) {
    switch (response) {
      case RangeResponse range -> learn((RangeRequest) request, range);
      case TxnResponse txn when !txn.getSucceeded() -> {
        for (int i = 0; i < txn.getResponsesCount(); i++) {
          learn(
              ((TxnRequest) request).getFailure(i).getRequestRange(),
              txn.getResponses(i).getResponseRange());
        }
      }
      default -> {}
    }
  }

  private void learn(RangeRequest request, RangeResponse response) {
    if (request.getRangeEnd().isEmpty() && response.getKvsCount() == 0) {
      known.remove(request.getKey());
    }
    response.getKvsList().forEach(kv -> known.put(kv.getKey(), kv));
  }

  /** A watcher of some keys, from any time, recent ones mostly. */
  static WatchCreateRequest watch(SplittableRandom random, long oldest, long revision) {
    WatchCreateRequest.Builder watch =
        switch (random.nextInt(4)) {
          case 0 -> Requests.watch(KEYS.get(random.nextInt(KEYS.size())));
          case 1 -> Requests.watch("a", "b");
          case 2 -> Requests.watch("a2", Requests.OPEN);
          default -> Requests.watch(Requests.OPEN, Requests.OPEN);
        };
    long recent = Math.max(oldest, revision - RECENT_REVISIONS);
    switch (random.nextInt(4)) {
      case 0 -> watch.setStartRevision(random.nextLong(oldest, revision + 1));
      case 1, 2 -> watch.setStartRevision(random.nextLong(recent, revision + 3));
      default -> {}
    }
    if (random.nextInt(4) == 0) {
      watch.addFiltersValue(random.nextInt(2));
    }
    return watch
        .setPrevKv(random.nextBoolean())
        .setFragment(random.nextBoolean())
        .setProgressNotify(random.nextBoolean())
        .build();
  }
}
