package dev.rowan.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.StartException;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** H-1: gRPC and HTTP/1.1 on one port, and what speaks neither. */
@Timeout(60)
class ProtocolsTest {
  private static final URI ANY_PORT = URI.create("http://127.0.0.1:0");
  private static final Duration LONG = ClientPort.BEGIN_MAX;
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  @TempDir Path directory;

  @Test
  void bothAreServedOnOnePort() throws Exception {
    try (var port = new OpenPort(LONG, null, List.of(), ANY_PORT)) {
      assertThat(range(port.tcpPort())).isNotNull();
      assertThat(httpStatus(port.port().urls().getFirst())).isEqualTo(404);
      assertThat(range(port.tcpPort())).isNotNull();
      assertThat(port.callers).containsExactly("none", "none");
      assertThat(port.httpHandlers)
          .as("nothing of grpc's, and nothing that looks for a protocol")
          .hasSize(4)
          .noneMatch(name -> name.contains("Detection") || name.contains("Buffering"));
    }
  }

  @Test
  void aSlowPrefaceIsWaitedFor() throws Exception {
    try (var port = new OpenPort(LONG, null, List.of(), ANY_PORT);
        var socket = new Socket(InetAddress.getLoopbackAddress(), port.tcpPort())) {
      for (byte each : PREFACE.getBytes(StandardCharsets.US_ASCII)) {
        socket.getOutputStream().write(each);
        socket.getOutputStream().flush();
      }
      assertThat(socket.getInputStream().read(new byte[1])).as("settings").isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\u0000\u0001\u0002", "\u0016\u0003\u0001", "pri", "é", " GET / HTTP/1.1"})
  void otherFirstBytesEndTheConnectionAtOnce(String bytes) throws Exception {
    try (var port = new OpenPort(LONG, null, List.of(), ANY_PORT)) {
      assertThat(isEnded(port.tcpPort(), bytes)).isTrue();
      assertThat(range(port.tcpPort())).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "PRI * HT"})
  void silenceEndsTheConnectionInTime(String bytes) throws Exception {
    try (var port = new OpenPort(SHORT, null, List.of(), ANY_PORT)) {
      assertThat(isEnded(port.tcpPort(), bytes)).isTrue();
      assertThat(range(port.tcpPort())).isNotNull();
    }
  }

  @Test
  void httpMayHaveUrlsOfItsOwn() throws Exception {
    try (var port = new OpenPort(LONG, null, List.of(ANY_PORT), ANY_PORT)) {
      URI http = port.port().httpUrls().getFirst();

      assertThat(httpStatus(http)).isEqualTo(404);
      assertThat(isEnded(http.getPort(), PREFACE)).isTrue();
      assertThat(range(port.tcpPort())).isNotNull();
      assertThat(isEnded(port.tcpPort(), "GET / HTTP/1.1\r\n\r\n")).isTrue();
    }
  }

  /** CFG-4. */
  @Test
  void stoppingEndsIdleHttpConnectionsAtOnce() throws Exception {
    try (var port = new OpenPort(LONG, null, List.of(ANY_PORT), ANY_PORT, ANY_PORT);
        var socket =
            new Socket(
                InetAddress.getLoopbackAddress(), port.port().httpUrls().getFirst().getPort())) {
      socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().read()).isEqualTo('H');

      long start = System.nanoTime();
      port.port().stop(Duration.ofSeconds(30), () -> {});

      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(15));
      assertThat(socket.getInputStream().readAllBytes()).isNotNull();
    }
  }

  @Test
  void aUnixSocketServesBothAndIsItsOwnersAlone() throws Exception {
    Path path = directory.resolve("rowan.sock");
    try (var port = new OpenPort(LONG, null, List.of(), URI.create("unix://" + path))) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
          .isEqualTo("rw-------");
      assertThat(port.port().urls()).containsExactly(URI.create("unix://" + path));
      assertThat(rangeOverUnix(path)).isNotNull();
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void aSocketThatIsLeftIsReplacedAndOneInUseIsNot() throws Exception {
    Path path = directory.resolve("rowan.sock");
    URI url = URI.create("unix://" + path);
    try (var left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(path));
      assertThatThrownBy(() -> new OpenPort(LONG, null, List.of(), ANY_PORT, url))
          .isInstanceOf(StartException.class)
          .hasMessage("cannot listen on " + url + ": another process listens there");
      assertThat(path).exists();
    }
    assertThat(path).exists();
    try (var port = new OpenPort(LONG, null, List.of(), url)) {
      assertThat(rangeOverUnix(path)).isNotNull();
      assertThat(port.callers).hasSize(1);
    }
    Files.writeString(path, "precious");
    assertThatThrownBy(() -> new OpenPort(LONG, null, List.of(), url))
        .hasMessage("cannot listen on " + url + ": the file is there and is no socket");
    assertThat(path).hasContent("precious");
  }

  private static RangeResponse range(int port) throws InterruptedException {
    return range(NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build());
  }

  private static RangeResponse range(ManagedChannel channel) throws InterruptedException {
    try {
      return KVGrpc.newBlockingStub(channel)
          .withDeadlineAfter(20, TimeUnit.SECONDS)
          .range(RangeRequest.getDefaultInstance());
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  private static RangeResponse rangeOverUnix(Path path) throws InterruptedException {
    var group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    try {
      return range(
          NettyChannelBuilder.forAddress(new DomainSocketAddress(path.toString()))
              .eventLoopGroup(group)
              .channelType(EpollDomainSocketChannel.class)
              .usePlaintext()
              .build());
    } finally {
      var _ = group.shutdownGracefully(0, 5, TimeUnit.SECONDS);
    }
  }

  private static int httpStatus(URI url) throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      return client
          .send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.discarding())
          .statusCode();
    }
  }

  /** Whether the server ends a connection on which these bytes come and no others. */
  private static boolean isEnded(int port, String bytes) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      try {
        return socket.getInputStream().readAllBytes() != null;
      } catch (java.net.SocketException e) {
        return true;
      }
    }
  }
}
