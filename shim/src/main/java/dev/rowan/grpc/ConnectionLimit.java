package dev.rowan.grpc;

import com.sun.management.UnixOperatingSystemMXBean;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Closes new connections at once while as many are open as the process can bear. It stands before
 * what accepts connections, on every address. Safe for any thread.
 */
@Sharable
final class ConnectionLimit extends ChannelInboundHandlerAdapter {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionLimit.class);

  /** File descriptors left for the database and for the process itself. etcd's number. */
  private static final int RESERVED_FILES = 150;

  /** Heap for each connection, idle ones among them: an estimate, set high. */
  private static final int HEAP_BYTES = 128 * 1024;

  private static final int MIN = 64;

  private final AtomicInteger open = new AtomicInteger();
  private final Throttle warnings = new Throttle(Duration.ofSeconds(10));
  private final int max;

  ConnectionLimit(int max) {
    this.max = max;
  }

  /** As many as there are file descriptors and heap for. */
  static ConnectionLimit ofProcess() {
    long max = Runtime.getRuntime().maxMemory() / HEAP_BYTES;
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      max = Math.min(max, unix.getMaxFileDescriptorCount() - RESERVED_FILES);
    }
    return new ConnectionLimit(Math.clamp(max, MIN, Integer.MAX_VALUE));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Channel connection = (Channel) message;
    if (open.incrementAndGet() > max) {
      open.decrementAndGet();
      connection.unsafe().closeForcibly();
      warn();
      return;
    }
    connection.closeFuture().addListener(closed -> open.decrementAndGet());
    ctx.fireChannelRead(connection);
  }

  private void warn() {
    if (warnings.passes()) {
      LOG.atWarn()
          .addKeyValue("open", max)
          .log("too many connections: new ones are closed at once");
    }
  }
}
