package dev.rowan.http;

import static java.util.Objects.requireNonNull;

import dev.rowan.grpc.Drain;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: its requests one after the other, each answered before the next is begun. It
 * reads only what its {@link Exchange} has room for, and one message ahead, so that it notices a
 * client that leaves. All of it runs on the connection's event loop.
 */
final class HttpConnection extends ChannelInboundHandlerAdapter implements Responder {
  private static final Logger log = LoggerFactory.getLogger(HttpConnection.class);

  /** For how long the first request's head may be on its way. */
  static final Duration HEAD_MAX = Duration.ofSeconds(30);

  /** For how long a connection may wait for its next request; etcd's. */
  static final Duration IDLE_MAX = Duration.ofMinutes(5);

  /** For how long a body may be on its way, unless it is that of a stream. */
  static final Duration BODY_MAX = Duration.ofSeconds(60);

  /** For how long what is still sent is read and lost, so that the client sees the answer. */
  private static final Duration LINGER_MAX = Duration.ofSeconds(5);

  private final HttpPipeline site;
  private @Nullable ChannelHandlerContext context;
  private @Nullable ScheduledFuture<?> deadline;
  private @Nullable HttpRequest ahead;

  // Of the request that is being answered.
  private @Nullable Exchange exchange;
  private @Nullable String readableFor;
  private HttpVersion version = HttpVersion.HTTP_1_1;
  private boolean keepAlive;
  private boolean bodyEnded;
  private boolean begun;
  private boolean lingering;

  // Of reading: a read gives one message, now or later.
  private boolean asked;
  private boolean delivered;
  private boolean pulling;

  HttpConnection(HttpPipeline site) {
    this.site = site;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    if (ctx.channel().isActive()) {
      start();
    }
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    stopWaiting();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    start();
    ctx.fireChannelActive();
  }

  private void start() {
    closeAfter(HEAD_MAX);
    pull();
  }

  private ChannelHandlerContext context() {
    return requireNonNull(context);
  }

  private void closeAfter(Duration time) {
    stopWaiting();
    deadline = loop().schedule(this::close, time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Should it fail, the connection is gone all the same. */
  private void close() {
    var _ = context().close();
  }

  private void stopWaiting() {
    if (deadline != null) {
      deadline.cancel(false);
      deadline = null;
    }
  }

  /**
   * Lets one more message come. One that is there already comes before this returns: thousands may
   * be, so they are taken in a loop rather than each from within the one before.
   */
  private void pull() {
    if (asked) {
      return;
    }
    asked = true;
    if (pulling) {
      return;
    }
    pulling = true;
    do {
      delivered = false;
      context().read();
    } while (delivered && asked);
    pulling = false;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    asked = false;
    delivered = true;
    try {
      if (lingering) {
        linger(message);
      } else if (exchange != null && bodyEnded && message instanceof HttpRequest request) {
        ahead = request;
      } else if (message instanceof HttpObject object && object.decoderResult().isFailure()) {
        malformed(object.decoderResult().cause());
      } else if (message instanceof HttpRequest request) {
        begin(request);
      } else if (message instanceof HttpContent content && exchange != null) {
        body(content, exchange);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  /** What was asked for did not come of what was read: it is asked for again. */
  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (asked) {
      asked = false;
      pull();
    }
    ctx.fireChannelReadComplete();
  }

  private void linger(Object message) {
    if (message instanceof LastHttpContent) {
      close();
    } else {
      pull();
    }
  }

  /** Answers what is not HTTP, and closes: nobody knows where the next request begins. */
  private void malformed(@Nullable Throwable cause) {
    boolean tooLong =
        cause instanceof TooLongHttpHeaderException || cause instanceof TooLongHttpLineException;
    HttpResponseStatus status =
        tooLong
            ? HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            : HttpResponseStatus.BAD_REQUEST;
    leave();
    if (begun) {
      close();
      return;
    }
    bodyEnded = false;
    readableFor = null;
    whole(Answer.error(status, status.toString()));
  }

  /** Tells the exchange, if there is one, that it is over. */
  private void leave() {
    Exchange left = exchange;
    exchange = null;
    if (left != null) {
      left.gone();
    }
  }

  private void begin(HttpRequest request) {
    version = request.protocolVersion();
    keepAlive = HttpUtil.isKeepAlive(request);
    bodyEnded = false;
    begun = false;
    Route route = Route.of(site, request, context());
    readableFor = route.readableFor();
    exchange = route.exchange().apply(this);
    if (route.endless()) {
      stopWaiting();
    } else {
      closeAfter(BODY_MAX);
    }
    if (HttpUtil.is100ContinueExpected(request)) {
      var _ =
          context()
              .writeAndFlush(
                  new DefaultFullHttpResponse(
                      HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
    }
    pull();
  }

  /** A piece; after the last one, the next message is read ahead. */
  private void body(HttpContent content, Exchange current) {
    if (content.content().isReadable()) {
      current.body(content.content());
    } else {
      pull();
    }
    if (content instanceof LastHttpContent) {
      bodyEnded = true;
      stopWaiting();
      current.bodyEnd();
      pull();
    }
  }

  @Override
  public EventExecutor loop() {
    return context().executor();
  }

  @Override
  public boolean writable() {
    return context().channel().isWritable();
  }

  @Override
  public void more() {
    pull();
  }

  @Override
  public void whole(Answer answer) {
    begun = true;
    var response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            answer.status(),
            Unpooled.wrappedBuffer(answer.body().asReadOnlyByteBuffer()));
    HttpUtil.setContentLength(response, answer.body().size());
    answer.headers().forEach(header -> response.headers().set(header.name(), header.value()));
    addHeaders(response);
    context().writeAndFlush(response).addListener(this::sent);
  }

  @Override
  public void line(String json) {
    if (!begun) {
      beginLines(true);
    }
    ByteBuf line = context().alloc().buffer(json.length() + 1);
    ByteBufUtil.writeUtf8(line, json);
    line.writeByte('\n');
    var _ = context().writeAndFlush(new DefaultHttpContent(line));
  }

  @Override
  public void end() {
    if (!begun) {
      beginLines(false);
    }
    context().writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener(this::sent);
  }

  private void beginLines(boolean any) {
    begun = true;
    var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
    if (any) {
      Gateway.HEADERS.forEach(header -> response.headers().set(header.name(), header.value()));
    }
    if (version.equals(HttpVersion.HTTP_1_0)) {
      // It has no chunks: the answer ends with the connection.
      keepAlive = false;
    } else {
      HttpUtil.setTransferEncodingChunked(response, true);
    }
    addHeaders(response);
    var _ = context().write(response);
  }

  private void addHeaders(HttpResponse response) {
    keepAlive &= bodyEnded || HttpUtil.isTransferEncodingChunked(response);
    keepAlive &= HttpUtil.isKeepAlive(response);
    StandardHeaders.add(response.headers(), readableFor, keepAlive, version);
  }

  /** The answer is out: on to the next request, which may be there already. */
  private void sent(Future<? super Void> written) {
    exchange = null;
    if (!written.isSuccess()) {
      close();
    } else if (!bodyEnded) {
      lingering = true;
      closeAfter(LINGER_MAX);
      endAnswers();
      pull();
    } else if (!keepAlive) {
      close();
    } else {
      next();
    }
  }

  /** The client sees the end at once, though what it still sends is read for a while. */
  private void endAnswers() {
    boolean tls = context().pipeline().get(SslHandler.class) != null;
    if (!tls && context().channel() instanceof DuplexChannel channel) {
      var _ = channel.shutdownOutput();
    }
  }

  private void next() {
    closeAfter(IDLE_MAX);
    begun = false;
    HttpRequest request = ahead;
    ahead = null;
    if (request == null) {
      pull();
    } else if (request.decoderResult().isFailure()) {
      malformed(request.decoderResult().cause());
    } else {
      begin(request);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (exchange != null && ctx.channel().isWritable()) {
      exchange.writable();
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    stopWaiting();
    leave();
    ctx.fireChannelInactive();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof Drain) {
      keepAlive = false;
      if (exchange == null) {
        close();
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      log.atWarn().setCause(cause).log("an HTTP connection failed");
    }
    close();
  }
}
