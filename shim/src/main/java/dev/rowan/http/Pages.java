package dev.rowan.http;

import com.google.gson.JsonObject;
import com.google.protobuf.ByteString;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The pages beside the gateway, by path (H-1 to H-4). Safe for any thread. */
public final class Pages {
  private static final Logger log = LoggerFactory.getLogger(Pages.class);

  /** As etcd marks it: our names need no other escaping either. */
  private static final String METRICS_TYPE =
      "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

  private final Map<String, Page> both = new HashMap<>();
  private final Map<String, Page> clients = new HashMap<>();

  /**
   * The versions of etcd that the server, its cluster and its store behave as.
   *
   * @param server such as 3.7.3
   * @param cluster such as 3.7.0
   * @param storage such as 3.7.0
   */
  public record Versions(String server, String cluster, String storage) {}

  /**
   * The pages of one instance.
   *
   * @param threads scrape the metrics, for which the database may be asked
   * @param versions asked for at each request
   * @param raftStatus where the instance stands, as /debug/vars shows it
   */
  public Pages(
      Health health,
      PrometheusRegistry metrics,
      Executor threads,
      Supplier<Versions> versions,
      Supplier<JsonObject> raftStatus) {
    both.putAll(health.pages());
    both.put("/metrics", new Metrics(metrics, threads));
    clients.put("/version", (query, reply) -> reply.accept(version(versions.get())));
    clients.put("/debug/vars", (query, reply) -> reply.accept(vars(raftStatus.get())));
  }

  Map<String, Page> forMetrics() {
    return Map.copyOf(both);
  }

  Map<String, Page> forClients() {
    Map<String, Page> all = new HashMap<>(both);
    all.putAll(clients);
    return all;
  }

  private static Answer version(Versions versions) {
    var json = new JsonObject();
    json.addProperty("etcdserver", versions.server());
    json.addProperty("etcdcluster", versions.cluster());
    json.addProperty("storage", versions.storage());
    return Answer.of(HttpResponseStatus.OK, "application/json", json.toString());
  }

  /** Not the command line, as in etcd: it may hold the password of the database. */
  private static Answer vars(JsonObject raftStatus) {
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    var memory = new JsonObject();
    memory.addProperty("HeapAlloc", used);
    memory.addProperty("HeapSys", runtime.totalMemory());
    memory.addProperty("HeapInuse", used);
    memory.addProperty("HeapIdle", runtime.freeMemory());
    var json = new JsonObject();
    json.add("memstats", memory);
    json.add("raft.status", raftStatus);
    return Answer.of(HttpResponseStatus.OK, "application/json; charset=utf-8", json + "\n");
  }

  /** The metrics in Prometheus' text format, for any method. */
  private record Metrics(PrometheusRegistry registry, Executor threads) implements Page {
    @Override
    public boolean forGetAlone() {
      return false;
    }

    @Override
    public void answer(Map<String, List<String>> query, Consumer<Answer> reply) {
      threads.execute(() -> reply.accept(scrapeOrFail()));
    }

    private Answer scrapeOrFail() {
      try {
        return scrape();
      } catch (RuntimeException | Error e) {
        log.atError().setCause(e).log("the metrics could not be read");
        return Answer.error(HttpResponseStatus.INTERNAL_SERVER_ERROR, "the log says why");
      }
    }

    private Answer scrape() {
      var text = ByteString.newOutput();
      try {
        PrometheusTextFormatWriter.create().write(text, registry.scrape());
      } catch (IOException e) {
        throw new UncheckedIOException("memory does not fail to be written", e);
      }
      return new Answer(
          HttpResponseStatus.OK,
          List.of(new Answer.Header("Content-Type", METRICS_TYPE)),
          text.toByteString());
    }
  }
}
