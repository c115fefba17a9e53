package dev.rowan.grpc;

import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * Counts the bytes of answers that wait for their client to read: everything between the services
 * and the socket. Small answers of streams where nothing else waits are not followed, since each
 * stream is counted with more. Of one connection's event loop.
 */
final class OutboundFlow implements Http2RemoteFlowController {
  private final Http2RemoteFlowController flow;
  private final ConnectionMemory memory;

  private OutboundFlow(Http2RemoteFlowController flow, ConnectionMemory memory) {
    this.flow = flow;
    this.memory = memory;
  }

  static void install(Http2ConnectionHandler handler, ConnectionMemory memory) {
    var remote = handler.connection().remote();
    remote.flowController(new OutboundFlow(remote.flowController(), memory));
  }

  @Override
  public void addFlowControlled(Http2Stream stream, FlowControlled frame) {
    int bytes = frame.size();
    boolean counted =
        bytes >= ConnectionMemory.LARGE_BYTES || (bytes > 0 && flow.hasFlowControlled(stream));
    if (counted) {
      memory.add(bytes);
    }
    flow.addFlowControlled(stream, counted ? new Counted(frame, memory) : frame);
  }

  /** A frame whose bytes are counted until they are written or dropped. */
  private record Counted(FlowControlled frame, ConnectionMemory memory) implements FlowControlled {
    @Override
    public int size() {
      return frame.size();
    }

    @Override
    public void error(ChannelHandlerContext ctx, Throwable cause) {
      memory.add(-frame.size());
      frame.error(ctx, cause);
    }

    @Override
    public void writeComplete() {
      frame.writeComplete();
    }

    @Override
    public void write(ChannelHandlerContext ctx, int allowedBytes) {
      int before = frame.size();
      frame.write(ctx, allowedBytes);
      memory.add(frame.size() - before);
    }

    @Override
    public boolean merge(ChannelHandlerContext ctx, FlowControlled next) {
      return next instanceof Counted counted && frame.merge(ctx, counted.frame);
    }
  }

  @Override
  public ChannelHandlerContext channelHandlerContext() {
    return flow.channelHandlerContext();
  }

  @Override
  public void channelHandlerContext(ChannelHandlerContext ctx) throws Http2Exception {
    flow.channelHandlerContext(ctx);
  }

  @Override
  public boolean hasFlowControlled(Http2Stream stream) {
    return flow.hasFlowControlled(stream);
  }

  @Override
  public void writePendingBytes() throws Http2Exception {
    flow.writePendingBytes();
  }

  @Override
  public void listener(Listener listener) {
    flow.listener(listener);
  }

  @Override
  public boolean isWritable(Http2Stream stream) {
    return flow.isWritable(stream);
  }

  @Override
  public void channelWritabilityChanged() throws Http2Exception {
    flow.channelWritabilityChanged();
  }

  @Override
  public void updateDependencyTree(
      int childStreamId, int parentStreamId, short weight, boolean exclusive) {
    flow.updateDependencyTree(childStreamId, parentStreamId, weight, exclusive);
  }

  @Override
  public void initialWindowSize(int bytes) throws Http2Exception {
    flow.initialWindowSize(bytes);
  }

  @Override
  public int initialWindowSize() {
    return flow.initialWindowSize();
  }

  @Override
  public int windowSize(Http2Stream stream) {
    return flow.windowSize(stream);
  }

  @Override
  public void incrementWindowSize(Http2Stream stream, int bytes) throws Http2Exception {
    flow.incrementWindowSize(stream, bytes);
  }
}
