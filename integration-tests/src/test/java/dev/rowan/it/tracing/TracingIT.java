package dev.rowan.it.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.rowan.it.Client;
import dev.rowan.it.Etcd;
import dev.rowan.it.Ports;
import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.trace.v1.Span;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** What a collector gets of calls that their callers follow. */
final class TracingIT {
  private static final String TRACE = "0af7651916cd43dd8448eb211c80319c";
  private static final String CALLER = "b7ad6b7169203331";
  private static final String PUT = "etcdserverpb.KV/Put";
  private static final String RANGE = "etcdserverpb.KV/Range";

  private static String[] flags(Collector collector) {
    return flags(collector.address());
  }

  private static String[] flags(String collector) {
    return new String[] {
      "--enable-distributed-tracing",
      "--distributed-tracing-address=" + collector,
      "--distributed-tracing-service-name=store",
      "--distributed-tracing-instance-id=one"
    };
  }

  /** Calls on behalf of a caller who follows his. */
  private static KVGrpc.KVBlockingStub following(Client client) {
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER),
        "00-" + TRACE + "-" + CALLER + "-01");
    return client.kv().withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static void putAndGet(Client client) {
    KVGrpc.KVBlockingStub kv = following(client);
    var _ = kv.put(Requests.put("a", "1").build());
    assertThat(kv.range(Requests.get("a").build()).getCount()).isEqualTo(1);
  }

  /** Spans have left when the server has ended. */
  private static Collector collect(Function<Collector, Server> start) {
    try (Collector collector = Collector.open()) {
      try (Server server = start.apply(collector);
          Client client = server.client()) {
        putAndGet(client);
        var _ = server.process().terminate();
      }
      return collector;
    }
  }

  private static Map<String, AnyValue> attributes(List<KeyValue> attributes) {
    Map<String, AnyValue> map = new TreeMap<>();
    attributes.forEach(attribute -> map.put(attribute.getKey(), attribute.getValue()));
    return map;
  }

  private static List<Span> below(Collector collector, String name) {
    ByteString parent = collector.span(name).getSpanId();
    return collector.spans().stream()
        .filter(span -> span.getParentSpanId().equals(parent))
        .toList();
  }

  @Test
  void aCallShowsAsItDoesInEtcd() {
    Collector etcd = collect(to -> Etcd.start(flags(to)));
    Collector rowan = collect(to -> Rowan.overSqlite(flags(to)));

    for (String name : List.of(PUT, RANGE)) {
      Span expected = etcd.span(name);
      Span span = rowan.span(name);
      Map<String, AnyValue> attributes = attributes(span.getAttributesList());
      assertThat(attributes.remove("server.port")).isNotNull();
      Map<String, AnyValue> theirs = attributes(expected.getAttributesList());
      theirs.remove("server.port");
      assertThat(attributes).isEqualTo(theirs);
      assertThat(span.getKind()).isEqualTo(expected.getKind());
      assertThat(span.getStatus()).isEqualTo(expected.getStatus());
      assertThat(span.getTraceId()).isEqualTo(expected.getTraceId());
      assertThat(span.getParentSpanId()).isEqualTo(expected.getParentSpanId());
    }
    assertThat(attributes(rowan.resources().getFirst().getAttributesList()))
        .containsAllEntriesOf(attributes(etcd.resources().getFirst().getAttributesList()));
  }

  @Test
  void stagesOfAWriteAreBelowItsCall() {
    Collector collector = collect(to -> Rowan.overSqlite(flags(to)));

    assertThat(below(collector, PUT))
        .extracting(Span::getName)
        .containsExactlyInAnyOrder("wait for batch", "commit batch");
    assertThat(below(collector, RANGE)).isEmpty();
  }

  @Test
  void stagesOfAReadOverASharedDatabaseAreBelowItsCall() {
    Collector collector = collect(to -> Rowan.over(Postgres.newDatabase(), flags(to)));

    assertThat(below(collector, RANGE))
        .extracting(Span::getName)
        .containsExactly("confirm newest revision");
  }

  @Test
  void aReadOfWhatIsNotInMemoryAsksTheDatabase() {
    String file = "sqlite://" + Server.newFolder("traced").resolve("rowan.db");
    try (Server before = Rowan.over(file);
        Client client = before.client()) {
      var _ = client.kv().put(Requests.put("b", "1").build());
    }
    try (Collector collector = Collector.open();
        Server server = Rowan.over(file, flags(collector));
        Client client = server.client()) {
      assertThat(following(client).range(Requests.get("b").build()).getCount()).isEqualTo(1);
      var _ = server.process().terminate();

      assertThat(below(collector, RANGE))
          .extracting(Span::getName)
          .containsExactly("read database");
    }
  }

  @Test
  void stagesAtAMemberThatDoesNotLeadAreBelowItsCalls() {
    Collector collector = collect(to -> Server.follower(Rowan.quorum(3, flags(to))));

    assertThat(below(collector, PUT)).extracting(Span::getName).containsExactly("ask leader");
    assertThat(below(collector, RANGE))
        .extracting(Span::getName)
        .containsExactly("confirm newest revision");
  }

  @Test
  void aCollectorThatIsNotThereHoldsUpNothing() {
    try (Server rowan = Rowan.overSqlite(flags("127.0.0.1:" + Ports.free()));
        Client client = rowan.client()) {
      putAndGet(client);

      assertThat(rowan.process().terminate()).isZero();
    }
  }
}
