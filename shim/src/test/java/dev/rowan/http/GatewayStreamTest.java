package dev.rowan.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import dev.rowan.auth.ForwardedCredentials;
import dev.rowan.grpc.CallTracers;
import dev.rowan.grpc.ClientPort;
import dev.rowan.grpc.EventLoops;
import dev.rowan.grpc.LocalChannel;
import dev.rowan.metrics.HealthMetrics;
import dev.rowan.metrics.Metrics;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveRequest;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams whose messages don't come as they should, with little time for one. */
class GatewayStreamTest {
  private static final Duration TIME = Duration.ofMillis(300);

  private final HttpThreads threads = HttpThreads.open();
  private final EventLoops loops = EventLoops.open();
  private LocalChannel channel;
  private ClientPort port;
  private InetSocketAddress address;

  @BeforeEach
  void open() throws Exception {
    channel =
        LocalChannel.open(
            List.of(new Echo().bindService()),
            1_000,
            CallTracers.none(),
            new ForwardedCredentials());
    Gateway gateway = new Gateway(channel.channel(), 1_000, threads, TIME);
    var access = new AccessRules(Set.of(), Set.of(), () -> false);
    var health =
        new Health(
            ReadGate.Read::run,
            new KeyIndex(),
            List::of,
            new SettableLeadership(),
            new HealthMetrics(new Metrics("test").registry()));
    var pages =
        new Pages(
            health,
            new Metrics("test").registry(),
            threads,
            () -> new Pages.Versions("3.7.3", "3.7.0", "3.7.0"),
            JsonObject::new);
    port = HttpPort.open(loops);
    address =
        HttpPort.serve(
            port,
            URI.create("http://127.0.0.1:0"),
            HttpPipeline.forClients(pages, gateway, access));
  }

  @AfterEach
  void close() {
    port.stop(Duration.ZERO, () -> {});
    channel.close();
    threads.close();
    loops.close();
  }

  @Test
  void aMessageThatIsNotCompletedInTimeEndsItsStream() throws Exception {
    assertEndsForItsTime();
  }

  private void assertEndsForItsTime() throws Exception {
    try (var connection = new RawConnection(address)) {
      connection.send(
          "POST /v3/lease/keepalive HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      connection.send(chunk("{\"ID\":7}")).readUntil("\"ID\":\"7\"}}\n\r\n");
      connection.send(chunk("{\"ID\":"));

      assertThat(connection.readUntil("0\r\n\r\n")).contains("\"code\":4");
    }
  }

  @Test
  void aStreamMayBeQuietBetweenMessages() throws Exception {
    try (var connection = new RawConnection(address)) {
      connection.send(
          "POST /v3/lease/keepalive HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
      connection.send(chunk("{\"ID\":")).send(chunk("7}")).readUntil("\"ID\":\"7\"}}\n\r\n");
      // Another connection's stream ends for its time meanwhile.
      assertEndsForItsTime();

      connection.send(chunk("{\"ID\":8}")).readUntil("\"ID\":\"8\"}}\n\r\n");
    }
  }

  private static String chunk(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
  }

  private static final class Echo extends LeaseGrpc.LeaseImplBase {
    @Override
    public StreamObserver<LeaseKeepAliveRequest> leaseKeepAlive(
        StreamObserver<LeaseKeepAliveResponse> reply) {
      return new StreamObserver<>() {
        @Override
        public void onNext(LeaseKeepAliveRequest request) {
          reply.onNext(LeaseKeepAliveResponse.newBuilder().setID(request.getID()).build());
        }

        @Override
        public void onError(Throwable t) {}

        @Override
        public void onCompleted() {
          reply.onCompleted();
        }
      };
    }
  }
}
