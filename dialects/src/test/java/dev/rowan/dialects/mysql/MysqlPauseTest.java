package dev.rowan.dialects.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Batches;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.Scanned;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An instance stands still in the middle of a batch that is more than a packet. */
final class MysqlPauseTest {
  private static final Logger LOG = LoggerFactory.getLogger(MysqlPauseTest.class);

  /** In the second of the batch's packets, of 16 MiB each. */
  private static final long STOPS_AFTER = 20L << 20;

  /** Less than a request may take. */
  private static final Duration OTHERS_WAIT_MAX = Duration.ofSeconds(5);

  @Test
  void whatItHoldsIsGivenToOthersSoon() throws Exception {
    String database = Server.newDatabase();
    try (RevisionLog log = MysqlLog.open(Server.host(), database, Server.login());
        Valve valve = new Valve(Server.host());
        RevisionLog paused = MysqlLog.open(valve.host(), database, Server.login());
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      Batch large = largeBatch(new Batches(log.head()));
      Batches batches = new Batches(log.head());
      LogRow row = batches.put("a", "1");
      Future<?> appending =
          threads.submit(() -> {
            paused.append(large);
            return paused;
          });
      await().until(valve::isShut);

      long started = System.nanoTime();
      log.append(batches.next(row));

      assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(OTHERS_WAIT_MAX);
      valve.open();
      assertThatThrownBy(appending::get).hasCauseInstanceOf(LogException.class);
      assertThatThrownBy(() -> paused.append(large)).isInstanceOf(LogException.Conflict.class);
      assertThat(Scanned.from(log).rows()).containsExactly(row);
    }
  }

  /** As text each of its bytes is two. */
  private static Batch largeBatch(Batches batches) {
    byte[] escaped = new byte[3 << 19];
    Arrays.fill(escaped, (byte) '\'');
    List<LogRow> rows = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      rows.add(batches.put(ByteString.copyFromUtf8("k" + i), ByteString.copyFrom(escaped)));
    }
    return batches.next(rows);
  }

  /** A way to the server that lets so many bytes through in all, and the rest when it is opened. */
  private static final class Valve implements AutoCloseable {
    private final String target;
    private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new ArrayList<>();
    private final AtomicLong left = new AtomicLong(STOPS_AFTER);
    private final AtomicBoolean opened = new AtomicBoolean();

    Valve(String target) throws IOException {
      this.target = target;
      Thread.ofVirtual().start(this::accept);
    }

    String host() {
      return "127.0.0.1:" + listener.getLocalPort();
    }

    boolean isShut() {
      return left.get() <= 0;
    }

    void open() {
      opened.set(true);
    }

    private void accept() {
      try {
        while (!listener.isClosed()) {
          Socket client = listener.accept();
          int colon = target.lastIndexOf(':');
          Socket server =
              new Socket(target.substring(0, colon), Integer.parseInt(target.substring(colon + 1)));
          synchronized (sockets) {
            sockets.add(client);
            sockets.add(server);
          }
          Thread.ofVirtual().start(() -> pass(client, server, true));
          Thread.ofVirtual().start(() -> pass(server, client, false));
        }
      } catch (IOException e) {
        LOG.debug("the valve is closed", e);
      }
    }

    private void pass(Socket from, Socket to, boolean counted) {
      byte[] buffer = new byte[64 << 10];
      try (InputStream in = from.getInputStream();
          OutputStream out = to.getOutputStream()) {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          if (counted && left.addAndGet(-n) <= 0 && !opened.get()) {
            await().atMost(Duration.ofMinutes(1)).untilTrue(opened);
          }
          out.write(buffer, 0, n);
        }
      } catch (IOException e) {
        LOG.trace("a connection ended", e);
      }
    }

    @Override
    public void close() throws IOException {
      opened.set(true);
      listener.close();
      synchronized (sockets) {
        for (Socket socket : sockets) {
          socket.close();
        }
      }
    }
  }
}
