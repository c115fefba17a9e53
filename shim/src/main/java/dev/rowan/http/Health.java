package dev.rowan.http;

import dev.rowan.cluster.Leadership;
import dev.rowan.error.EtcdException;
import dev.rowan.metrics.HealthMetrics;
import dev.rowan.mvcc.KeyRange;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.AlarmMember;
import dev.rowan.proto.etcdserverpb.AlarmType;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pages that say whether it serves (H-2, H-3). They read as a client does, past the checks of
 * who asks, and answer when the read is through or given up. Safe for any thread.
 */
public final class Health {
  private static final Logger log = LoggerFactory.getLogger(Health.class);

  private static final String OK = "";

  private final Consumer<ReadGate.Read> gate;
  private final KeyIndex index;
  private final Supplier<List<AlarmMember>> alarms;
  private final Leadership leadership;
  private final HealthMetrics metrics;

  /**
   * Health of one store.
   *
   * @param gate lets a linearizable read through, as {@link ReadGate#whenCurrent}
   * @param alarms those that are active, without blocking
   */
  public Health(
      Consumer<ReadGate.Read> gate,
      KeyIndex index,
      Supplier<List<AlarmMember>> alarms,
      Leadership leadership,
      HealthMetrics metrics) {
    this.gate = gate;
    this.index = index;
    this.alarms = alarms;
    this.leadership = leadership;
    this.metrics = metrics;
  }

  /** Finds out one thing: an empty text where all is well, else what is wrong. */
  private interface Check {
    CompletableFuture<String> run();
  }

  /** The pages by path. */
  Map<String, Page> pages() {
    Map<String, Page> pages = new HashMap<>();
    pages.put("/health", this::health);
    Map<String, Check> ready = new LinkedHashMap<>();
    ready.put("data_corruption", this::corruption);
    ready.put("serializable_read", this::serializableRead);
    ready.put("linearizable_read", this::linearizableRead);
    ready.put("non_learner", this::nonLearner);
    addChecks(pages, "livez", Map.of("serializable_read", this::serializableRead));
    addChecks(pages, "readyz", ready);
    return pages;
  }

  private void addChecks(Map<String, Page> pages, String type, Map<String, Check> checks) {
    pages.put("/" + type, (query, reply) -> run(type, checks, query, reply));
    checks.forEach((name, check) ->
        pages.put(
            "/" + type + "/" + name,
            (query, reply) -> run(type, Map.of(name, check), withoutExclusions(query), reply)));
  }

  private static Map<String, List<String>> withoutExclusions(Map<String, List<String>> query) {
    return query.containsKey("verbose") ? Map.of("verbose", List.of()) : Map.of();
  }

  private void health(Map<String, List<String>> query, Consumer<Answer> reply) {
    List<String> excluded = query.getOrDefault("exclude", List.of());
    for (AlarmMember alarm : alarms.get()) {
      if (!excluded.contains(alarm.getAlarm().name())) {
        reply.accept(health("ALARM " + alarm.getAlarm().name()));
        return;
      }
    }
    boolean serializable =
        query.getOrDefault("serializable", List.of("")).getFirst().equals("true");
    if (!serializable && !leadership.place().leaderKnown()) {
      reply.accept(health("RAFT NO LEADER"));
      return;
    }
    CompletableFuture<String> read = serializable ? serializableRead() : linearizableRead();
    var _ =
        read.thenAccept(
            wrong -> reply.accept(health(wrong.isEmpty() ? OK : "RANGE ERROR:" + wrong)));
  }

  private Answer health(String reason) {
    boolean healthy = reason.isEmpty();
    metrics.answered(healthy);
    String body = "{\"health\":\"" + healthy + "\",\"reason\":\"" + reason + "\"}";
    if (healthy) {
      return Answer.of(HttpResponseStatus.OK, "text/plain; charset=utf-8", body);
    }
    log.atWarn().addKeyValue("reason", reason).log("not healthy");
    return Answer.error(HttpResponseStatus.SERVICE_UNAVAILABLE, body);
  }

  private void run(
      String type,
      Map<String, Check> checks,
      Map<String, List<String>> query,
      Consumer<Answer> reply) {
    List<String> excluded = query.getOrDefault("exclude", List.of());
    Map<String, CompletableFuture<String>> running = new LinkedHashMap<>();
    checks.forEach((name, check) -> {
      if (!excluded.contains(name)) {
        running.put(name, check.run());
      }
    });
    var _ =
        CompletableFuture.allOf(running.values().toArray(CompletableFuture[]::new))
            .thenRun(() -> reply.accept(found(type, running, query.containsKey("verbose"))));
  }

  private Answer found(
      String type, Map<String, CompletableFuture<String>> checks, boolean verbose) {
    StringBuilder all = new StringBuilder();
    boolean healthy = true;
    for (Map.Entry<String, CompletableFuture<String>> check : checks.entrySet()) {
      String name = check.getKey();
      String wrong = check.getValue().resultNow();
      metrics.checked(type, name, wrong.isEmpty());
      healthy &= wrong.isEmpty();
      all.append(
          wrong.isEmpty() ? "[+]" + name + " ok\n" : "[-]" + name + " failed: " + wrong + "\n");
    }
    if (healthy) {
      return Answer.plain(HttpResponseStatus.OK, (verbose ? all.toString() : "") + "ok\n");
    }
    log.atWarn().addKeyValue("checks", all).log("not healthy");
    return Answer.error(HttpResponseStatus.SERVICE_UNAVAILABLE, all.toString());
  }

  private CompletableFuture<String> corruption() {
    boolean corrupt =
        alarms.get().stream().anyMatch(alarm -> alarm.getAlarm() == AlarmType.CORRUPT);
    return CompletableFuture.completedFuture(corrupt ? "alarm activated: CORRUPT" : OK);
  }

  private CompletableFuture<String> nonLearner() {
    boolean learner = leadership.place().learner();
    return CompletableFuture.completedFuture(learner ? "not supported for learner" : OK);
  }

  private CompletableFuture<String> serializableRead() {
    readFirstKey();
    return CompletableFuture.completedFuture(OK);
  }

  private CompletableFuture<String> linearizableRead() {
    CompletableFuture<String> result = new CompletableFuture<>();
    gate.accept(
        new ReadGate.Read() {
          @Override
          public void run() {
            readFirstKey();
            result.complete(OK);
          }

          @Override
          public void refuse(EtcdException refusal) {
            result.complete(refusal.error().text());
          }
        });
    return result;
  }

  /** As etcd's check: one key of the whole space. */
  private void readFirstKey() {
    KeyIndexView view = index.view();
    KeyRange all = KeyRange.all();
    view.forEachLive(all.from(), all.to(), (key, row) -> false);
  }
}
