package dev.rowan.grpc;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * The threads that read and write every connection and run what does not block, named {@code
 * loop-1-…}: one for each two processors, the others being left to the sequencer and the database.
 *
 * @param group for accepting and for serving alike
 * @param epoll whether they are epoll's, which alone has unix sockets; else NIO's
 * @param reusePort whether other processes may listen on the same ports; needs epoll
 */
public record EventLoops(EventLoopGroup group, boolean epoll, boolean reusePort)
    implements AutoCloseable {
  private static final int CLOSE_TIMEOUT_SECONDS = 2;

  /** Starts no thread yet: each starts with its first connection. */
  public static EventLoops open() {
    return open(false);
  }

  /** Starts no thread yet; listens on ports beside other processes if that is wanted. */
  public static EventLoops open(boolean reusePort) {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    var factory = new DefaultThreadFactory("loop", true);
    var io = Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    return new EventLoops(
        new MultiThreadIoEventLoopGroup(threads, factory, io), Epoll.isAvailable(), reusePort);
  }

  /** The loop that the calling thread is; any other thread is its own. */
  public Executor current() {
    for (EventExecutor loop : group) {
      if (loop.inEventLoop()) {
        return loop;
      }
    }
    return Runnable::run;
  }

  /** A socket to listen with. Unix sockets need epoll. */
  public ServerChannel newServer(boolean unix) {
    if (unix) {
      return new EpollServerDomainSocketChannel();
    }
    if (!epoll) {
      return new NioServerSocketChannel();
    }
    EpollServerSocketChannel socket = new EpollServerSocketChannel();
    socket.config().setReusePort(reusePort);
    return socket;
  }

  @Override
  public void close() {
    group
        .shutdownGracefully(0, CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(CLOSE_TIMEOUT_SECONDS, TimeUnit.SECONDS);
  }
}
