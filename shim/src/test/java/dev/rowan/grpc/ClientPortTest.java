package dev.rowan.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.ServerConfig.Keepalive;
import dev.rowan.ServerConfig.Limits;
import dev.rowan.StartException;
import dev.rowan.metrics.Metrics;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.WatchGrpc;
import dev.rowan.proto.etcdserverpb.WatchRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import io.netty.channel.ChannelPipeline;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ClientPortTest {
  private static final Limits LIMITS = new Limits(128, 1_572_864, Integer.MAX_VALUE, 0);
  private static final Keepalive KEEPALIVE =
      new Keepalive(Duration.ofSeconds(5), Duration.ofHours(2), Duration.ofSeconds(20));
  private static final URI ANY_PORT = URI.create("http://127.0.0.1:0");

  private final Metrics metrics = new Metrics("test");
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final Streams streams = new Streams();
  private EventLoops loops;
  private ClientPort port;

  @BeforeEach
  void open() throws StartException {
    loops = EventLoops.open();
    port = open(ANY_PORT, URI.create("http://localhost:0"));
  }

  @AfterEach
  void close() {
    channels.forEach(ManagedChannel::shutdownNow);
    port.stop(Duration.ZERO, () -> {});
    loops.close();
  }

  @Test
  void healthIsServedOnEveryAddress() {
    assertThat(port.urls()).hasSize(2).noneMatch(url -> url.getPort() == 0);
    for (URI url : port.urls()) {
      var reply =
          HealthGrpc.newBlockingStub(channel(url)).check(HealthCheckRequest.newBuilder().build());
      assertThat(reply.getStatus()).isEqualTo(ServingStatus.SERVING);
    }
  }

  @Test
  void whatNoServiceHasIsUnimplemented() {
    var kv = KVGrpc.newBlockingStub(channel(port.urls().getFirst()));

    assertThatThrownBy(() -> kv.range(RangeRequest.getDefaultInstance()))
        .extracting(e -> Status.fromThrowable(e).getCode())
        .isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  @Test
  void anOversizedMessageIsRefusedWithEtcdsTextAndTheConnectionLives() {
    var kv = KVGrpc.newBlockingStub(channel(port.urls().getFirst()));
    PutRequest large = put(3_000_000);

    for (int i = 0; i < 20; i++) {
      assertThatThrownBy(() -> kv.put(large))
          .isInstanceOf(StatusRuntimeException.class)
          .hasMessage(
              "RESOURCE_EXHAUSTED: grpc: received message larger than max ("
                  + large.getSerializedSize()
                  + " vs. 2097152)");
      assertThat(kv.put(put(2_000_000)).getHeader().getRevision()).isEqualTo(2_000_000);
    }
  }

  @Test
  void aMessageOfExactlyTheLimitIsRead() {
    var kv = KVGrpc.newBlockingStub(channel(port.urls().getFirst()));
    int overhead = put(2_000_000).getSerializedSize() - 2_000_000;
    int value = LIMITS.messageBytesMax() - overhead;

    assertThat(kv.put(put(value)).getHeader().getRevision()).isEqualTo(value);
    assertThatThrownBy(() -> kv.put(put(value + 1))).hasMessageContaining("(2097153 vs. 2097152)");
  }

  @Test
  void aStreamOfMessagesIsFollowedAcrossFrames() throws Exception {
    var ended = new CompletableFuture<Throwable>();
    StreamObserver<WatchRequest> watch =
        WatchGrpc.newStub(channel(port.urls().getFirst())).watch(new Ending(ended));
    for (int i = 0; i < 200; i++) {
      watch.onNext(watch(i * 997));
    }
    watch.onNext(watch(3_000_000));

    assertThat(ended.get(20, TimeUnit.SECONDS)).hasMessageContaining("larger than max (30000");
    assertThat(streams.received.get(20, TimeUnit.SECONDS)).isBetween(190, 200);
  }

  /** C-7. */
  @Test
  void aClientVersionThatIsNotUtf8IsRefused() throws Exception {
    for (byte[] version : new byte[][] {{'3', '.', '7'}, {}, {(byte) 0xc3, (byte) 0xa4}}) {
      assertThat(putWithVersion(version)).isEqualTo("0");
    }
    for (byte[] version : new byte[][] {{(byte) 0xff}, {'3', (byte) 0xc3}}) {
      assertThat(putWithVersion(version)).isEqualTo("3 etcdserver: invalid client api version");
    }
  }

  private String putWithVersion(byte[] version) throws Exception {
    return RawCall.status(
        port.urls().getFirst(),
        KVGrpc.getPutMethod().getFullMethodName(),
        put(1).toByteArray(),
        "client-api-version",
        version);
  }

  @Test
  void aPortInUseIsNamed() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      URI url = URI.create("http://127.0.0.1:" + taken.getLocalPort());

      assertThatThrownBy(() -> open(ANY_PORT, url))
          .isInstanceOf(StartException.class)
          .hasMessageStartingWith("cannot listen on " + url + ": ")
          .hasMessageContaining("in use");
    }
  }

  @Test
  void stoppingEndsOpenStreamsByTheHook() throws Exception {
    var ended = new CompletableFuture<Throwable>();
    StreamObserver<WatchRequest> watch =
        WatchGrpc.newStub(channel(port.urls().getFirst())).watch(new Ending(ended));
    watch.onNext(watch(1));
    StreamObserver<WatchResponse> open = streams.opened.get(20, TimeUnit.SECONDS);

    long start = System.nanoTime();
    port.stop(Duration.ofSeconds(20), open::onCompleted);

    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    assertThat(ended.get(20, TimeUnit.SECONDS)).isNull();
  }

  @Test
  void callsAreCounted() {
    var kv = KVGrpc.newBlockingStub(channel(port.urls().getFirst()));
    assertThat(kv.put(put(1))).isNotNull();

    var names = metrics.registry().scrape().stream().map(m -> m.getMetadata().getName()).toList();
    assertThat(names).contains("grpc_server_handled", "rowan_grpc_request_duration_seconds");
  }

  private ClientPort open(URI... urls) throws StartException {
    return ClientPort.open(
        new PortConfig(List.of(urls), List.of(), null, LIMITS, KEEPALIVE, ClientPort.BEGIN_MAX),
        loops,
        List.of(new Sizes().bindService(), streams.bindService()),
        metrics.rpc(),
        (ChannelPipeline connection) -> {});
  }

  private ManagedChannel channel(URI url) {
    ManagedChannel channel =
        Grpc.newChannelBuilder(url.getAuthority(), InsecureChannelCredentials.create()).build();
    channels.add(channel);
    return channel;
  }

  private static PutRequest put(int valueBytes) {
    return PutRequest.newBuilder().setValue(ByteString.copyFrom(new byte[valueBytes])).build();
  }

  private static WatchRequest watch(int keyBytes) {
    var watch = WatchRequest.newBuilder();
    watch.getCreateRequestBuilder().setKey(ByteString.copyFrom(new byte[keyBytes]));
    return watch.build();
  }

  /** Answers a put with the size of its value, as the revision. */
  private static final class Sizes extends KVGrpc.KVImplBase {
    @Override
    public void put(PutRequest request, StreamObserver<PutResponse> replies) {
      var reply = PutResponse.newBuilder();
      reply.getHeaderBuilder().setRevision(request.getValue().size());
      replies.onNext(reply.build());
      replies.onCompleted();
    }
  }

  /** Counts what a stream receives until it fails. */
  private static final class Streams extends WatchGrpc.WatchImplBase {
    final CompletableFuture<StreamObserver<WatchResponse>> opened = new CompletableFuture<>();
    final CompletableFuture<Integer> received = new CompletableFuture<>();

    @Override
    public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> replies) {
      return new StreamObserver<>() {
        private int messages;

        @Override
        public void onNext(WatchRequest request) {
          messages++;
          opened.complete(replies);
        }

        @Override
        public void onError(Throwable error) {
          received.complete(messages);
        }

        @Override
        public void onCompleted() {
          replies.onCompleted();
        }
      };
    }
  }

  /** Completes with the error that ends a stream, or null. */
  private record Ending(CompletableFuture<Throwable> ended)
      implements StreamObserver<WatchResponse> {
    @Override
    public void onNext(WatchResponse response) {}

    @Override
    public void onError(Throwable error) {
      ended.complete(error);
    }

    @Override
    public void onCompleted() {
      ended.complete(null);
    }
  }
}
