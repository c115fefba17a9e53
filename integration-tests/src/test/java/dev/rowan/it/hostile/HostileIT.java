package dev.rowan.it.hostile;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.rowan.it.Client;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** One server with little memory, a client that must be served all the time, and a bad one. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(60)
final class HostileIT {
  private static final int HEAP_MIB = 96;

  /** Heap, as much again for buffers, and the JVM's own. */
  private static final long RSS_MIB_MAX = 2 * HEAP_MIB + 250;

  private static final String RANGE = "/etcdserverpb.KV/Range";
  private static final String PUT = "/etcdserverpb.KV/Put";
  private static final String WATCH = "/etcdserverpb.Watch/Watch";

  private Server server;
  private Client other;

  @BeforeAll
  void start() {
    server = Rowan.withHeap(HEAP_MIB);
    other = server.client();
  }

  @AfterAll
  void stop() {
    other.close();
    server.close();
  }

  @AfterEach
  void othersAreServedAndMemoryIsBounded() throws IOException {
    serveOther();
    assertThat(server.process().isAlive()).isTrue();
    assertThat(server.process().log()).doesNotContain("OutOfMemory");
    assertThat(rssMib()).isLessThan(RSS_MIB_MAX);
  }

  private void serveOther() {
    PutRequest put = PutRequest.newBuilder().setKey(bytes("other")).setValue(bytes("v")).build();
    long revision =
        other.kv().withDeadlineAfter(5, TimeUnit.SECONDS).put(put).getHeader().getRevision();
    assertThat(revision).isPositive();
  }

  private long rssMib() throws IOException {
    return Files.readAllLines(Path.of("/proc/" + server.process().pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void nonsenseAndSilence() throws IOException {
    var random = new Random(1);
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < 300; i++) {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        open.add(socket);
        byte[] bytes = new byte[i % 3 == 0 ? 0 : 64];
        random.nextBytes(bytes);
        if (i % 3 == 1) {
          bytes = "PRI * HTTP/2.0\r\n".getBytes(StandardCharsets.US_ASCII);
        }
        writeIfOpen(socket, bytes);
      }
      serveOther();
    } finally {
      close(open);
    }
  }

  @Test
  void connectionsWithoutEnd() throws IOException {
    List<Socket> open = new ArrayList<>();
    int limit = HEAP_MIB * 1024 / 128;
    try {
      for (int i = 0; i < limit + 200; i++) {
        open.add(new Socket(InetAddress.getLoopbackAddress(), server.port()));
      }
      assertThat(open.getLast().getInputStream().read()).isEqualTo(-1);
      assertThat(server.process().log()).contains("too many connections");
      serveOther();
    } finally {
      close(open);
    }
    try (var again = new RawHttp2(server.port())) {
      again.flush();
      assertThat(again.read().type()).isEqualTo(RawHttp2.SETTINGS);
    }
  }

  @Test
  void framesThatAreNone() throws IOException {
    var random = new Random(2);
    for (int i = 0; i < 50; i++) {
      try (var raw = new RawHttp2(server.port())) {
        byte[] bytes = new byte[200];
        random.nextBytes(bytes);
        raw.raw(bytes);
        raw.readToEnd();
      }
    }
  }

  @Test
  void streamsWithoutEnd() throws IOException {
    try (var raw = new RawHttp2(server.port())) {
      for (int i = 0; i < 30_000; i++) {
        raw.call(2 * i + 1, WATCH);
      }
      raw.flush();
      raw.readToEnd();
    } catch (SocketException cut) {
      // While it still sent.
    }
    assertThat(server.process().log()).contains("cut the connection that holds the most memory");
  }

  @Test
  void callsThatAreGivenUpAtOnce() throws IOException {
    try (var raw = new RawHttp2(server.port())) {
      for (int i = 0; i < 30_000; i++) {
        raw.call(2 * i + 1, RANGE);
        raw.frame(RawHttp2.RST_STREAM, 0, 2 * i + 1, new byte[] {0, 0, 0, 8});
      }
      raw.flush();
      raw.readToEnd();
    } catch (SocketException cut) {
      // While it still sent.
    }
  }

  @Test
  void messagesThatAreNeverWhole() throws IOException {
    byte[] begun = new byte[500_000];
    ByteBuffer.wrap(begun).put((byte) 0).putInt(2_000_000);
    try (var raw = new RawHttp2(server.port())) {
      for (int i = 0; i < 300; i++) {
        raw.call(2 * i + 1, PUT);
        raw.data(2 * i + 1, begun);
      }
      raw.flush();
      raw.readToEnd();
    } catch (IOException cut) {
      // While it still sent.
    }
    assertThat(server.process().log()).contains("cut the connection that holds the most memory");
  }

  @Test
  void messagesThatClaimToBeHuge() throws IOException {
    byte[] huge = new byte[1000];
    ByteBuffer.wrap(huge).put((byte) 0).putInt(-1);
    try (var raw = new RawHttp2(server.port())) {
      for (int i = 0; i < 1000; i++) {
        raw.call(2 * i + 1, PUT);
        raw.data(2 * i + 1, huge);
      }
      raw.flush();
      while (raw.read().type() != RawHttp2.HEADERS) {
        // Settings and windows come first.
      }
    }
  }

  @Test
  void headersWithoutEnd() throws IOException {
    try (var raw = new RawHttp2(server.port())) {
      raw.frame(RawHttp2.HEADERS, 0, 1, RawHttp2.headers(RANGE));
      byte[] field = new byte[16_000];
      Arrays.fill(field, (byte) 'a');
      ByteBuffer.wrap(field).put((byte) 0).put((byte) 1).put((byte) 'x').put((byte) 120);
      for (int i = 0; i < 1000; i++) {
        raw.frame(RawHttp2.CONTINUATION, 0, 1, field);
      }
      raw.flush();
      raw.readToEnd();
    } catch (SocketException cut) {
      // While it still sent.
    }
  }

  @Test
  void answersThatNobodyReads() throws IOException {
    ByteString large = ByteString.copyFrom(new byte[1_000_000]);
    PutRequest put = PutRequest.newBuilder().setKey(bytes("large")).setValue(large).build();
    assertThat(other.kv().put(put)).isNotNull();
    byte[] range = RangeRequest.newBuilder().setKey(bytes("large")).build().toByteArray();
    byte[] message =
        ByteBuffer.allocate(5 + range.length).put((byte) 0).putInt(range.length).put(range).array();
    try (var raw = new RawHttp2(server.port())) {
      for (int i = 0; i < 500; i++) {
        raw.call(2 * i + 1, RANGE);
        raw.frame(RawHttp2.DATA, RawHttp2.END_STREAM, 2 * i + 1, message);
      }
      raw.flush();
      raw.readToEnd();
    } catch (SocketException cut) {
      // While it still sent.
    }
    assertThat(server.process().log()).contains("cut the connection that holds the most memory");
  }

  private static void writeIfOpen(Socket socket, byte[] bytes) throws IOException {
    try {
      socket.getOutputStream().write(bytes);
    } catch (SocketException ended) {
      assertThat(bytes).isNotEmpty();
    }
  }

  private static void close(List<Socket> sockets) throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }
}
