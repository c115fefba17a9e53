package dev.rowan.grpc;

import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * Refuses a message that is larger than the limit with etcd's text, which clients match: grpc's own
 * check words it differently, and nothing above it can change that. It reads the five bytes that
 * stand before each message (a flag, and the length big-endian) as they pass.
 *
 * <p>A stream whose messages each arrive in one frame needs no state; one that is inside a message
 * keeps what it waits for. That and the stream itself are counted as the connection's memory. Runs
 * on the connection's event loop only.
 */
final class MessageSizeGuard extends Http2FrameListenerDecorator {
  private static final int PREFIX_BYTES = 5;

  /** What a stream without a message costs, of grpc's state and ours: an estimate, set high. */
  private static final int STREAM_BYTES = 8 * 1024;

  private final Http2ConnectionHandler handler;
  private final Http2Connection connection;
  private final Http2Connection.PropertyKey position;
  private final int messageBytesMax;
  private final ConnectionMemory memory;

  private MessageSizeGuard(
      Http2ConnectionHandler handler,
      Http2FrameListener next,
      int messageBytesMax,
      ConnectionMemory memory) {
    super(next);
    this.handler = handler;
    this.connection = handler.connection();
    this.position = connection.newKey();
    this.messageBytesMax = messageBytesMax;
    this.memory = memory;
  }

  static void install(
      Http2ConnectionHandler handler, int messageBytesMax, ConnectionMemory memory) {
    Http2FrameListener next = handler.decoder().frameListener();
    var guard = new MessageSizeGuard(handler, next, messageBytesMax, memory);
    handler.decoder().frameListener(guard);
    handler.connection().addListener(guard.new StreamCount());
  }

  /** Counts the connection's streams, and forgets the parts of messages that end with them. */
  private final class StreamCount extends Http2ConnectionAdapter {
    @Override
    public void onStreamActive(Http2Stream stream) {
      memory.add(STREAM_BYTES);
    }

    @Override
    public void onStreamClosed(Http2Stream stream) {
      Position at = stream.getProperty(position);
      memory.add(at == null ? -STREAM_BYTES : -STREAM_BYTES - at.counted);
    }
  }

  /** Where a stream stands: inside a message's body, or inside the prefix before it. */
  private static final class Position {
    long bodyBytesLeft;
    int prefixBytesRead;
    long length;

    /** Bytes of the message's beginning that wait for its end, as they were counted. */
    long counted;
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
      throws Http2Exception {
    Http2Stream stream = connection.stream(streamId);
    if (stream != null) {
      long length = tooLarge(stream, data);
      if (length >= 0) {
        refuse(ctx, streamId, length);
        return data.readableBytes() + padding;
      }
    }
    return super.onDataRead(ctx, streamId, data, padding, endOfStream);
  }

  /** The length of the first message that begins in this frame and is too large, or -1. */
  private long tooLarge(Http2Stream stream, ByteBuf data) {
    Position known = stream.getProperty(position);
    int bytes = data.readableBytes();
    if (known == null && bytes >= PREFIX_BYTES) {
      long length = data.getUnsignedInt(data.readerIndex() + 1);
      if (length <= messageBytesMax && length + PREFIX_BYTES == bytes) {
        return -1;
      }
    }
    Position at = known != null ? known : new Position();
    long refused = advance(at, data);
    long waiting = at.bodyBytesLeft > 0 ? at.length - at.bodyBytesLeft : 0;
    memory.add(waiting - at.counted);
    at.counted = waiting;
    boolean between = at.bodyBytesLeft == 0 && at.prefixBytesRead == 0;
    if (between && known != null) {
      stream.removeProperty(position);
    } else if (!between && known == null) {
      stream.setProperty(position, at);
    }
    return refused;
  }

  private long advance(Position at, ByteBuf data) {
    int index = data.readerIndex();
    int end = data.writerIndex();
    while (index < end) {
      if (at.bodyBytesLeft > 0) {
        int skipped = (int) Math.min(at.bodyBytesLeft, end - index);
        at.bodyBytesLeft -= skipped;
        index += skipped;
        continue;
      }
      at.length = at.prefixBytesRead == 0 ? 0 : at.length << 8 | data.getUnsignedByte(index);
      index++;
      if (++at.prefixBytesRead == PREFIX_BYTES) {
        at.prefixBytesRead = 0;
        at.bodyBytesLeft = at.length;
        if (at.length > messageBytesMax) {
          return at.length;
        }
      }
    }
    return -1;
  }

  /** Answers the client, tells the service that the call is over, and drops what still comes. */
  private void refuse(ChannelHandlerContext ctx, int streamId, long length) throws Http2Exception {
    String text = String.valueOf(tooLarge(length, messageBytesMax).getDescription());
    Http2Stream stream = connection.stream(streamId);
    boolean begun = stream != null && stream.isHeadersSent();
    // Should a write fail, the connection is gone, and the stream with it.
    var _ =
        handler
            .encoder()
            .writeHeaders(ctx, streamId, status(text, begun), 0, true, ctx.newPromise());
    super.onRstStreamRead(ctx, streamId, Http2Error.CANCEL.code());
    var _ = handler.resetStream(ctx, streamId, Http2Error.NO_ERROR.code(), ctx.newPromise());
    ctx.flush();
  }

  /** The refusal of a message of so many bytes, in the words of etcd's gRPC library (C-9). */
  static Status tooLarge(long bytes, int bytesMax) {
    return Status.RESOURCE_EXHAUSTED.withDescription(
        "grpc: received message larger than max (" + bytes + " vs. " + bytesMax + ")");
  }

  private static Http2Headers status(String text, boolean begun) {
    Http2Headers headers = new DefaultHttp2Headers();
    if (!begun) {
      headers.status("200").set("content-type", "application/grpc");
    }
    return headers
        .set("grpc-status", String.valueOf(Status.Code.RESOURCE_EXHAUSTED.value()))
        .set("grpc-message", text);
  }
}
