package dev.rowan.raft;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultEventExecutorGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutorGroup;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Every thread that this module makes; Ratis makes its own.
 *
 * @param loops move bytes between members, and never wait
 * @param calls carry out what other members ask: one a connection, so that what a connection says
 *     stays in order. They may wait for Ratis' locks and for its log's queue
 * @param asked carry out what the other members' applications ask, one a connection too, so that
 *     none of it holds up what Raft needs
 * @param timer deadlines, retries and the look for changes of leadership; never waits
 * @param transfers write, send, fetch and check snapshots
 * @param sender hands proposals to the leader, in order
 */
record PeerThreads(
    EventLoopGroup loops,
    EventExecutorGroup calls,
    EventExecutorGroup asked,
    ScheduledExecutorService timer,
    ExecutorService transfers,
    Thread.Builder.OfPlatform sender)
    implements AutoCloseable {
  private static final int LOOPS = 2;
  private static final int CALLS = 4;
  private static final int ASKED = 2;
  private static final int TRANSFERS = 2;
  private static final int CLOSE_SECONDS = 2;

  static PeerThreads open() {
    return new PeerThreads(
        loops(LOOPS),
        new DefaultEventExecutorGroup(CALLS, named("rowan-calls")),
        new DefaultEventExecutorGroup(ASKED, named("rowan-asked")),
        timer(named("rowan-raft")),
        Executors.newFixedThreadPool(TRANSFERS, named("rowan-transfer")),
        Thread.ofPlatform().daemon().name("rowan-proposals"));
  }

  /** For a connection of who is no member yet; the caller shuts it down. */
  static EventLoopGroup loop() {
    return loops(1);
  }

  /** For the end of Ratis, which may never come. */
  static Thread.Builder.OfPlatform closing() {
    return Thread.ofPlatform().daemon().name("rowan-closing");
  }

  private static EventLoopGroup loops(int threads) {
    var io = Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    return new MultiThreadIoEventLoopGroup(threads, named("rowan-peers"), io);
  }

  /** Forgets cancelled deadlines at once, and takes nothing more once it is shut down. */
  private static ScheduledExecutorService timer(ThreadFactory factory) {
    var timer = new ScheduledThreadPoolExecutor(1, factory, new ThreadPoolExecutor.DiscardPolicy());
    timer.setRemoveOnCancelPolicy(true);
    return timer;
  }

  private static DefaultThreadFactory named(String name) {
    return new DefaultThreadFactory(name, true);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    transfers.shutdownNow();
    var _ = asked.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS);
    var _ = calls.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS);
    loops
        .shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(CLOSE_SECONDS, TimeUnit.SECONDS);
  }
}
