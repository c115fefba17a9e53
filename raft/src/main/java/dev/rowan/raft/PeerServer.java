package dev.rowan.raft;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Listens for other members. Any thread. */
final class PeerServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PeerServer.class);

  /** Whoever hasn't said for so long who it is, is cut. */
  private static final Duration HELLO_MAX = Duration.ofSeconds(10);

  /** Bytes of replies that wait for a caller to read them, until it is not heard for a while. */
  private static final WriteBufferWaterMark UNREAD = new WriteBufferWaterMark(4 << 20, 16 << 20);

  private final long clusterId;
  private final long memberId;
  private final int frameBytesMax;
  private final @Nullable PeerTls tls;
  private final PeerThreads threads;
  private final PeerService service;
  private final RaftMeasures measures;
  private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Channel listening;

  /**
   * @throws IOException if the address cannot be listened on
   */
  PeerServer(
      RaftConfig config,
      int frameBytesMax,
      PeerThreads threads,
      RaftMeasures measures,
      PeerService service)
      throws IOException {
    this.measures = measures;
    clusterId = config.clusterId();
    memberId = config.memberId();
    tls = config.tls();
    this.frameBytesMax = frameBytesMax;
    this.threads = threads;
    this.service = service;
    var bound =
        new ServerBootstrap()
            .group(threads.loops())
            .channel(
                Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, UNREAD)
            .childHandler(new Connections())
            .bind(config.listen())
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      throw new IOException(String.valueOf(bound.cause().getMessage()), bound.cause());
    }
    listening = bound.channel();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listening.localAddress();
  }

  @Override
  public void close() {
    listening.close().awaitUninterruptibly();
    open.close().awaitUninterruptibly();
  }

  private final class Connections extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      open.add(channel);
      if (tls != null) {
        channel.pipeline().addLast(tls.server().newHandler(channel.alloc()));
      }
      channel.pipeline().addLast(Frame.decoder(frameBytesMax));
      channel.pipeline().addLast(new Calls(threads.calls().next(), threads.asked().next()));
    }
  }

  /** One connection's calls, in their order, on one thread that may wait. */
  private final class Calls extends SimpleChannelInboundHandler<ByteBuf> {
    private final EventExecutor executor;
    private final EventExecutor asked;

    /** 0 until it said who it is. */
    private volatile long from;

    private volatile RaftMeasures.@Nullable OfPeer measured;

    Calls(EventExecutor executor, EventExecutor asked) {
      this.executor = executor;
      this.asked = asked;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
      var _ =
          context
              .executor()
              .schedule(() -> closeStranger(context), HELLO_MAX.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void closeStranger(ChannelHandlerContext context) {
      if (from == 0) {
        var _ = context.close();
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
      RaftMeasures.OfPeer peer = measured;
      if (peer != null) {
        peer.received(Integer.BYTES + frame.readableBytes());
      }
      boolean application =
          from != 0 && frame.isReadable() && frame.getByte(frame.readerIndex()) == Frame.CALL;
      ByteBuf kept = frame.retain();
      (application ? asked : executor)
          .execute(() -> {
            try {
              call(context, kept);
            } catch (RuntimeException e) {
              exceptionCaught(context, e);
            } finally {
              kept.release();
            }
          });
    }

    private void call(ChannelHandlerContext context, ByteBuf frame) {
      byte kind = frame.readByte();
      long call = frame.readLong();
      if (from == 0) {
        greet(context, kind, call, frame);
        return;
      }
      answer(context, call, carryOut(context, kind, call, frame));
    }

    private void answer(
        ChannelHandlerContext context, long call, @Nullable CompletableFuture<Payload> reply) {
      if (reply != null) {
        var _ =
            reply.whenComplete((body, thrown) -> {
              if (thrown != null) {
                send(context, Frame.ERROR, call, PeerError.of(thrown).payload());
              } else if (body.size() > Frame.bodyBytesMax(frameBytesMax)) {
                sendInParts(context, call, body);
              } else {
                send(context, Frame.REPLY, call, body);
              }
            });
      }
    }

    private @Nullable CompletableFuture<Payload> carryOut(
        ChannelHandlerContext context, byte kind, long call, ByteBuf body) {
      try {
        return service.call(
            kind, from, body, () -> send(context, Frame.REFUSED, call, Payload.EMPTY));
      } catch (IOException | RuntimeException e) {
        return CompletableFuture.failedFuture(e);
      }
    }

    private void greet(ChannelHandlerContext context, byte kind, long call, ByteBuf body) {
      if (kind == Frame.DISCOVER
          && body.readableBytes() >= Long.BYTES
          && body.readLong() == Frame.MAGIC) {
        answer(context, call, carryOut(context, kind, call, body));
        return;
      }
      if (kind != Frame.HELLO
          || body.readableBytes() < 4 * Long.BYTES
          || body.readLong() != Frame.MAGIC) {
        LOG.warn("something that speaks another protocol called: {}", context.channel());
        var _ = context.close();
        return;
      }
      long cluster = body.readLong();
      long caller = body.readLong();
      long called = body.readLong();
      if (cluster == clusterId && called == memberId && caller != 0) {
        from = caller;
        measured = measures.of(caller);
        send(context, Frame.REPLY, call, Payload.EMPTY);
        return;
      }
      String refusal =
          "member %016x of cluster %016x is here, not %016x of cluster %016x"
              .formatted(memberId, clusterId, called, cluster);
      LOG.warn("a member was refused: {}", refusal);
      send(context, Frame.ERROR, call, new PeerError(PeerError.Code.REFUSED, refusal).payload());
      var _ = context.close();
    }

    private void send(ChannelHandlerContext context, byte kind, long call, Payload body) {
      if (context.channel().isActive()) {
        ByteBuf frame = Frame.encode(context.alloc(), kind, call, body);
        RaftMeasures.OfPeer peer = measured;
        if (peer != null) {
          peer.sent(frame.readableBytes());
        }
        var _ = context.writeAndFlush(frame, context.voidPromise());
      }
    }

    /** One after the other, so that none makes a frame larger than the other side takes. */
    private void sendInParts(ChannelHandlerContext context, long call, Payload body) {
      ByteBuf whole = Unpooled.buffer(body.size());
      body.write(whole);
      int max = Frame.bodyBytesMax(frameBytesMax);
      context
          .channel()
          .eventLoop()
          .execute(() -> {
            while (whole.isReadable()) {
              int size = Math.min(max, whole.readableBytes());
              ByteBuffer part = whole.nioBuffer(whole.readerIndex(), size);
              whole.skipBytes(size);
              byte kind = whole.isReadable() ? Frame.PART : Frame.REPLY;
              send(context, kind, call, Payload.ofBytes(part));
            }
          });
    }

    /** Takes no more calls while the caller doesn't read its replies. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      context.channel().config().setAutoRead(context.channel().isWritable());
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.warn("the connection of a member ends: {}, {}", context.channel(), cause.toString());
      var _ = context.close();
    }
  }
}
