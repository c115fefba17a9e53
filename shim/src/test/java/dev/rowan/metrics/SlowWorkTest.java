package dev.rowan.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.WatchGrpc;
import io.grpc.Metadata;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SlowWorkTest {
  private static final String RANGE = "/etcdserverpb.KV/Range";

  private final Logger log = (Logger) LoggerFactory.getLogger(SlowWork.class);
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final AtomicLong clock = new AtomicLong();
  private final SlowWork slow =
      new SlowWork(Duration.ofMillis(300), Duration.ofMillis(100), clock::get);

  @BeforeEach
  void listen() {
    lines.start();
    log.addAppender(lines);
  }

  @AfterEach
  void leave() {
    log.detachAppender(lines);
  }

  @Test
  void slowIsWhatTakesLonger() {
    assertThat(slow.isSlowCall(millis(300))).isFalse();
    assertThat(slow.isSlowCall(millis(300) + 1)).isTrue();
    assertThat(slow.isSlowCommit(millis(100))).isFalse();
    assertThat(slow.isSlowCommit(millis(100) + 1)).isTrue();
  }

  @Test
  void callIsToldInEtcdsWords() {
    InetSocketAddress remote = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 4711);

    slow.tellCall(RANGE, Status.Code.OK, millis(1_250), remote, 7, 4_096);

    ILoggingEvent line = only();
    assertThat(line.getLevel()).isEqualTo(Level.WARN);
    assertThat(line.getFormattedMessage()).isEqualTo("request stats");
    assertThat(fields(line))
        .containsEntry("time spent", "1.25s")
        .containsEntry("remote", "127.0.0.1:4711")
        .containsEntry("response type", RANGE)
        .containsEntry("code", "OK")
        .containsEntry("request size", 7L)
        .containsEntry("response size", 4_096L)
        .containsEntry("left out", 0L)
        .containsKey("start time");
  }

  @Test
  void commitIsToldInEtcdsWords() {
    slow.committed(millis(100), 3, 5);
    slow.written(millis(100));
    slow.committed(millis(312), 3, 5);

    ILoggingEvent line = only();
    assertThat(line.getFormattedMessage()).isEqualTo("apply request took too long");
    assertThat(fields(line))
        .containsEntry("took", "312ms")
        .containsEntry("expected-duration", "100ms")
        .containsEntry("prefix", "batch ")
        .containsEntry("requests", 3)
        .containsEntry("rows", 5);
  }

  @Test
  void commitToTheFileIsToldApart() {
    slow.written(millis(101));

    assertThat(fields(only())).containsEntry("prefix", "member's file ").doesNotContainKey("rows");
  }

  @Test
  void stormIsOneLineASecondOfEachKind() {
    for (int i = 0; i < 1_000; i++) {
      slow.tellCall(RANGE, Status.Code.OK, millis(400), null, -1, 0);
      slow.committed(millis(400), 1, 1);
    }
    assertThat(lines.list).hasSize(2);

    clock.addAndGet(SlowWork.PAUSE.toNanos());
    slow.tellCall(RANGE, Status.Code.CANCELLED, millis(400), null, -1, 0);
    slow.tellCall(RANGE, Status.Code.OK, millis(400), null, -1, 0);

    assertThat(lines.list).hasSize(3);
    assertThat(fields(lines.list.getLast()))
        .containsEntry("left out", 999L)
        .containsEntry("code", "Canceled")
        .containsEntry("remote", "");
  }

  @Test
  void callsAreTimedAndStreamsAreNotTold() {
    Metrics metrics = new Metrics("test", Duration.ZERO, Duration.ZERO);

    endCall(metrics, new WatchGrpc.WatchImplBase() {}.bindService(), "etcdserverpb.Watch/Watch");
    endCall(metrics, new KVGrpc.KVImplBase() {}.bindService(), "etcdserverpb.KV/Range");

    assertThat(fields(only()))
        .containsEntry("response type", RANGE)
        .containsEntry("code", "Unavailable")
        .containsEntry("request size", 11L)
        .containsEntry("response size", 22L);
  }

  @Test
  void callThatIsFastIsNotTold() {
    Metrics metrics = new Metrics("test", Duration.ofHours(1), Duration.ofHours(1));

    endCall(metrics, new KVGrpc.KVImplBase() {}.bindService(), "etcdserverpb.KV/Range");

    assertThat(lines.list).isEmpty();
  }

  private static void endCall(Metrics metrics, ServerServiceDefinition service, String method) {
    ServerStreamTracer call =
        metrics.rpc().of(List.of(service)).getFirst().newServerStreamTracer(method, new Metadata());
    call.inboundMessageRead(0, 11, 11);
    call.outboundMessageSent(0, 22, 22);
    call.streamClosed(Status.UNAVAILABLE);
  }

  private ILoggingEvent only() {
    assertThat(lines.list).hasSize(1);
    return lines.list.getFirst();
  }

  private static Map<String, Object> fields(ILoggingEvent line) {
    return line.getKeyValuePairs().stream()
        .collect(Collectors.toMap(pair -> pair.key, pair -> pair.value));
  }

  private static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }
}
