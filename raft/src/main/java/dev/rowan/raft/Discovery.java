package dev.rowan.raft;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Asks whoever listens at an address who it is. Of one thread, which waits. */
final class Discovery extends SimpleChannelInboundHandler<ByteBuf> {
  private static final int FRAME_BYTES_MAX = PeerCalls.DESCRIPTION_BYTES_MAX + 1024;

  private final CompletableFuture<Discovered> answer = new CompletableFuture<>();

  private Discovery() {}

  static Discovered ask(String address, @Nullable PeerTls tls, Duration atMost)
      throws RaftException.NotDiscovered, InterruptedException {
    EventLoopGroup loop = PeerThreads.loop();
    try {
      return new Discovery().ask(loop, address, tls, atMost);
    } catch (ExecutionException e) {
      throw new RaftException.NotDiscovered(address + ": " + PeerError.of(e).getMessage(), e);
    } catch (TimeoutException e) {
      throw new RaftException.NotDiscovered(address + ": no answer in " + atMost, e);
    } finally {
      var _ = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  private Discovered ask(
      EventLoopGroup loop, String address, @Nullable PeerTls tls, Duration atMost)
      throws ExecutionException, TimeoutException, InterruptedException {
    ChannelFuture connecting = PeerLink.connect(loop, address, tls, atMost, FRAME_BYTES_MAX, this);
    Channel channel = connecting.channel();
    connecting.addListener(done -> {
      if (!done.isSuccess()) {
        answer.completeExceptionally(done.cause());
      }
    });
    channel.closeFuture().addListener(closed -> fail("the connection was closed"));
    try {
      return answer.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } finally {
      var _ = channel.close();
    }
  }

  private void fail(String why) {
    answer.completeExceptionally(new PeerError(PeerError.Code.UNREACHABLE, why));
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    var _ =
        context.writeAndFlush(
            Frame.encode(context.alloc(), Frame.DISCOVER, 1, Payload.ofLongs(Frame.MAGIC)));
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, ByteBuf frame) {
    byte kind = frame.readByte();
    frame.skipBytes(Long.BYTES);
    if (kind == Frame.ERROR) {
      answer.completeExceptionally(PeerError.read(frame));
    } else if (kind == Frame.REPLY && frame.readableBytes() >= 2 * Long.BYTES) {
      answer.complete(
          new Discovered(
              frame.readLong(), frame.readLong(), ByteString.copyFrom(frame.nioBuffer())));
    } else {
      fail("no answer of a member of Rowan");
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    answer.completeExceptionally(cause);
    var _ = context.close();
  }
}
