package dev.rowan.raft;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection to another member. Once it is broken it stays so; {@link PeerLinks} makes the
 * next. Any thread; nothing waits.
 */
final class PeerLink implements AutoCloseable {
  private final Map<Long, PeerCall<?>> calls = new ConcurrentHashMap<>();
  private final AtomicLong numbers = new AtomicLong();
  private final Channel channel;
  private final PeerThreads threads;
  private final RaftMeasures.OfPeer measures;
  private final LongConsumer refused;

  /** What was sent before the connection was made; the event loop's. */
  private final ArrayDeque<Runnable> early = new ArrayDeque<>();

  /** The event loop's. */
  private boolean connected;

  private volatile boolean nobodyListens;

  /** The first; null as long as there is none. */
  private final AtomicReference<@Nullable String> failure = new AtomicReference<>();

  /** What waits for the other's word that it is who was meant; the event loop's. */
  private final ArrayDeque<Runnable> ungreeted = new ArrayDeque<>();

  /** The event loop's. */
  private boolean greeted;

  /**
   * Begins to connect; what is sent meanwhile follows.
   *
   * @param refused told of the numbers of streams of which nothing more was taken
   */
  PeerLink(
      RaftConfig config,
      long peerId,
      String address,
      int frameBytesMax,
      PeerThreads threads,
      RaftMeasures.OfPeer measures,
      LongConsumer refused) {
    this.threads = threads;
    this.measures = measures;
    this.refused = refused;
    Duration atMost = config.timing().election();
    ChannelFuture connecting =
        connect(threads.loops(), address, config.tls(), atMost, frameBytesMax, new Replies());
    channel = connecting.channel();
    Payload hello = Payload.ofLongs(Frame.MAGIC, config.clusterId(), config.memberId(), peerId);
    connecting.addListener(done -> {
      if (!done.isSuccess()) {
        nobodyListens =
            done.cause() instanceof ConnectException
                && !(done.cause() instanceof ConnectTimeoutException);
        fail(String.valueOf(done.cause()));
      }
    });
    channel
        .closeFuture()
        .addListener(closed -> fail("the connection to " + address + " was closed"));
    var greeting = call(Frame.HELLO, hello, config.timing().election(), body -> true);
    var _ =
        greeting.whenComplete((greeted, thrown) -> {
          if (thrown == null) {
            greeted();
          } else {
            var _ = channel.close();
          }
        });
  }

  /** Begins to connect to where frames are spoken, over TLS unless there is none. */
  static ChannelFuture connect(
      EventLoopGroup loops,
      String address,
      @Nullable PeerTls tls,
      Duration atMost,
      int frameBytesMax,
      ChannelHandler replies) {
    InetSocketAddress target = PeerAddress.parse(address);
    Bootstrap bootstrap = new Bootstrap();
    if (Epoll.isAvailable()) {
      // What isn't even acknowledged for so long has no way there any more: the next try may have.
      bootstrap.option(EpollChannelOption.TCP_USER_TIMEOUT, 2 * (int) atMost.toMillis());
    }
    return bootstrap
        .group(loops)
        .channel(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .option(ChannelOption.SO_KEEPALIVE, true)
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) atMost.toMillis())
        .handler(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(Channel made) {
                if (tls != null) {
                  SslHandler handler =
                      tls.client()
                          .newHandler(made.alloc(), target.getHostString(), target.getPort());
                  made.pipeline().addLast(handler);
                }
                made.pipeline().addLast(Frame.decoder(frameBytesMax));
                made.pipeline().addLast(replies);
              }
            })
        .connect(target);
  }

  /** Whether nobody listened there. */
  boolean nobodyListens() {
    return nobodyListens;
  }

  /** Why it is broken. */
  String failure() {
    String why = failure.get();
    return why == null ? "the connection isn't made yet" : why;
  }

  boolean isOpen() {
    return channel.isOpen();
  }

  /** Runs it once the connection is gone; at once if it is. */
  void whenClosed(Runnable action) {
    channel.closeFuture().addListener(closed -> action.run());
  }

  /**
   * Calls. The future is completed by an event loop, or by the timer when the time is over.
   *
   * @param decoder reads the reply's body, which is valid for so long only
   */
  <T> CompletableFuture<T> call(
      byte kind, Payload body, Duration atMost, Function<ByteBuf, T> decoder) {
    long number = numbers.incrementAndGet();
    PeerCall<T> call = new PeerCall<>(decoder);
    call.send();
    calls.put(number, call);
    send(kind, number, body);
    return await(call, number, atMost);
  }

  /**
   * Like {@link #call}, and sent once the other has said that it is who was meant: so if it fails
   * before, it is known that the call never was sent.
   */
  <T> CompletableFuture<T> ask(
      byte kind, Payload body, Duration atMost, Function<ByteBuf, T> decoder) {
    long number = numbers.incrementAndGet();
    PeerCall<T> call = new PeerCall<>(decoder);
    calls.put(number, call);
    channel.eventLoop().execute(() -> ask(call, kind, number, body));
    return await(call, number, atMost);
  }

  private void ask(PeerCall<?> call, byte kind, long number, Payload body) {
    if (!greeted) {
      ungreeted.add(() -> ask(call, kind, number, body));
    } else if (!channel.isActive()) {
      call.fail("the connection is closed");
    } else if (call.send()) {
      write(kind, number, body);
    }
  }

  private void greeted() {
    greeted = true;
    ungreeted.forEach(Runnable::run);
    ungreeted.clear();
  }

  private <T> CompletableFuture<T> await(PeerCall<T> call, long number, Duration atMost) {
    if (!channel.isOpen()) {
      call.fail("the connection is closed");
    }
    var deadline =
        threads
            .timer()
            .schedule(
                () -> call.fail("no answer in time"), atMost.toMillis(), TimeUnit.MILLISECONDS);
    var _ =
        call.future()
            .whenComplete((value, thrown) -> {
              calls.remove(number);
              deadline.cancel(false);
            });
    return call.future();
  }

  /** Sends what isn't answered. */
  void send(byte kind, long number, Payload body) {
    channel.eventLoop().execute(() -> write(kind, number, body));
  }

  private void write(byte kind, long number, Payload body) {
    if (channel.isActive()) {
      ByteBuf frame = Frame.encode(channel.alloc(), kind, number, body);
      measures.sent(frame.readableBytes());
      var _ = channel.writeAndFlush(frame);
    } else {
      early(() -> write(kind, number, body));
    }
  }

  private void early(Runnable write) {
    if (channel.isOpen() && !connected) {
      early.add(write);
    }
  }

  private void fail(String why) {
    failure.compareAndSet(null, why);
    calls.values().forEach(call -> call.fail(why));
  }

  @Override
  public void close() {
    var _ = channel.close();
  }

  private final class Replies extends SimpleChannelInboundHandler<ByteBuf> {
    @Override
    public void channelActive(ChannelHandlerContext context) {
      connected = true;
      early.forEach(Runnable::run);
      early.clear();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
      measures.received(Integer.BYTES + frame.readableBytes());
      byte kind = frame.readByte();
      long number = frame.readLong();
      if (kind == Frame.REFUSED) {
        refused.accept(number);
        return;
      }
      PeerCall<?> call = calls.get(number);
      if (call != null && kind == Frame.ERROR) {
        call.refused(PeerError.read(frame));
      } else if (call != null && kind == Frame.PART) {
        call.part(frame);
      } else if (call != null) {
        call.complete(frame);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      fail(cause.toString());
      var _ = context.close();
    }
  }
}
