package dev.rowan.it.faults;

import dev.rowan.it.Client;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.DeleteRangeResponse;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** Makes one random write after the other, and tells what it knows of each. One thread's. */
final class Writer {
  /** Few enough that writers often meet on a key. */
  private static final int KEYS = 64;

  private static final int KEYS_IN_TXN_MAX = 5;

  private final String name;
  private final RandomGenerator random;
  private final Client client;
  private int made;

  Writer(String name, RandomGenerator random, Client client) {
    this.name = name;
    this.random = random;
    this.client = client;
  }

  /** Makes the next write, of a kind by chance. */
  Write next() {
    String value = name + "-" + made++;
    int kind = random.nextInt(100);
    if (kind < 40) {
      return put(key(), value);
    }
    if (kind < 65) {
      return update(key(), value);
    }
    if (kind < 80) {
      return putMany(value);
    }
    return kind < 90 ? move(key(), value) : delete(key());
  }

  private String key() {
    return "/crash/" + random.nextInt(KEYS);
  }

  private Write put(String key, String value) {
    PutRequest request = Requests.put(key, value).build();
    return attempt(
        List.of(Effect.put(key, value)), null, () -> done(client.kv().put(request).getHeader()));
  }

  /** What kube-apiserver does: reads a key, and writes it if it has not changed since. */
  private Write update(String key, String value) {
    List<Effect> effects = List.of(Effect.put(key, value));
    long started = System.nanoTime();
    RangeResponse read;
    try {
      read = client.kv().range(Requests.get(key).build());
    } catch (StatusRuntimeException e) {
      return new Write(effects, null, failed(e.getStatus(), started));
    }
    long revision = read.getKvsCount() == 0 ? 0 : read.getKvs(0).getModRevision();
    Compare.Builder unchanged =
        compare(key, Compare.CompareTarget.MOD, Compare.CompareResult.EQUAL)
            .setModRevision(revision);
    TxnRequest.Builder txn = Requests.then(Requests.op(Requests.put(key, value)));
    return attempt(effects, revision, () -> commit(txn.addCompare(unchanged)));
  }

  private Write putMany(String value) {
    TreeSet<String> keys = new TreeSet<>();
    int wanted = random.nextInt(2, KEYS_IN_TXN_MAX + 1);
    while (keys.size() < wanted) {
      keys.add(key());
    }
    TxnRequest.Builder txn = Requests.txn();
    keys.forEach(key -> txn.addSuccess(Requests.op(Requests.put(key, value))));
    return attempt(
        keys.stream().map(key -> Effect.put(key, value)).toList(), null, () -> commit(txn));
  }

  /** Deletes a key that exists and writes another, as one. */
  private Write move(String from, String value) {
    String to = "/moved" + from;
    TxnRequest.Builder txn =
        Requests.then(Requests.op(Requests.delete(from)), Requests.op(Requests.put(to, value)))
            .addCompare(
                compare(from, Compare.CompareTarget.CREATE, Compare.CompareResult.GREATER)
                    .setCreateRevision(0));
    List<Effect> effects = new ArrayList<>();
    effects.add(Effect.deletion(from));
    effects.add(Effect.put(to, value));
    return attempt(effects, null, () -> commit(txn));
  }

  private Write delete(String key) {
    return attempt(
        List.of(Effect.deletion(key)),
        null,
        () -> {
          DeleteRangeResponse response = client.kv().deleteRange(Requests.delete(key).build());
          return response.getDeleted() == 1
              ? done(response.getHeader())
              : new Write.Refused("nothing to delete");
        });
  }

  private static Compare.Builder compare(
      String key, Compare.CompareTarget target, Compare.CompareResult result) {
    return Compare.newBuilder().setKey(Requests.bytes(key)).setTarget(target).setResult(result);
  }

  private Write.Outcome commit(TxnRequest.Builder txn) {
    TxnResponse response = client.kv().txn(txn.build());
    return response.getSucceeded()
        ? done(response.getHeader())
        : new Write.Refused("a compare failed");
  }

  private static Write.Outcome done(ResponseHeader header) {
    return new Write.Acknowledged(header.getRevision());
  }

  private static Write attempt(
      List<Effect> effects, @Nullable Long condition, Supplier<Write.Outcome> call) {
    long started = System.nanoTime();
    try {
      return new Write(effects, condition, call.get());
    } catch (StatusRuntimeException e) {
      return new Write(effects, condition, failed(e.getStatus(), started));
    }
  }

  private static Write.Outcome failed(Status status, long started) {
    boolean full = status.getCode() == Status.Code.RESOURCE_EXHAUSTED;
    if (full || status.getCause() instanceof ConnectException) {
      return new Write.Refused(status.getCode() + " " + status.getDescription());
    }
    return new Write.Unknown(
        status.getCode() + " " + status.getDescription(),
        Duration.ofNanos(System.nanoTime() - started));
  }
}
