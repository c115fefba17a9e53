package dev.rowan.http;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.PrototypeMarshaller;
import io.grpc.Status;
import io.grpc.StatusException;
import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.ScheduledFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One call of the gateway, from its side of the request: reads the body, as one JSON object or,
 * where the client sends a stream, as one after the other, and sends each when the call takes it.
 * What comes back is the {@link GatewayReplies}' business. All of it runs on the connection's event
 * loop, but for the reading of large objects.
 */
final class GatewayExchange implements Exchange {
  private static final Logger log = LoggerFactory.getLogger(GatewayExchange.class);

  /** Bytes of JSON that an event loop reads itself: some hundred microseconds. */
  static final int IN_PLACE_BYTES_MAX = 64 * 1024;

  private final Gateway gateway;
  private final MethodDescriptor<Message, Message> method;
  private final CallHeaders headers;
  private final Responder responder;
  private final JsonObjects objects;
  private final ClientCall<Message, Message> call;
  private final GatewayReplies replies;
  private final boolean one;
  private @Nullable ScheduledFuture<?> timeout;
  private @Nullable ScheduledFuture<?> incomplete;
  private @Nullable Status refusal;
  private boolean reading;
  private boolean sent;
  private boolean bodyEnded;
  private boolean closed;

  GatewayExchange(
      Gateway gateway,
      MethodDescriptor<Message, Message> method,
      CallHeaders headers,
      Responder responder) {
    this.gateway = gateway;
    this.method = method;
    this.headers = headers;
    this.responder = responder;
    this.objects = new JsonObjects(gateway.bodyBytesMax(), gateway.bodies());
    this.call = gateway.channel().newCall(method, CallOptions.DEFAULT);
    this.one = method.getType().clientSendsOneMessage();
    this.replies =
        new GatewayReplies(
            call, !method.getType().serverSendsOneMessage(), responder, gateway.threads(), this);
  }

  /** Starts the call's time, and the call too where messages may follow for long. */
  GatewayExchange start() {
    Duration time = headers.timeout();
    if (time != null) {
      timeout = responder.loop().schedule(this::timeOut, time.toNanos(), TimeUnit.NANOSECONDS);
    }
    if (!one) {
      replies.start(headers.metadata());
    }
    return this;
  }

  private void timeOut() {
    fail(Status.DEADLINE_EXCEEDED.withDescription("context deadline exceeded"));
  }

  @Override
  public void body(ByteBuf piece) {
    if (refusal == null && !replies.done() && !(one && sent)) {
      try {
        objects.add(piece);
      } catch (StatusException e) {
        refuse(e.getStatus());
      }
    }
    if (one || refusal != null) {
      // Where one message is sent, that is done at the body's end; what follows it is lost.
      responder.more();
    } else {
      pump();
    }
  }

  @Override
  public void bodyEnd() {
    bodyEnded = true;
    pump();
  }

  /** Sends what is complete, as far as the call takes it. */
  private void pump() {
    if (reading || replies.done()) {
      return;
    }
    try {
      if (refusal != null) {
        fail(refusal);
      } else if (one) {
        pumpOne();
      } else {
        pumpAll();
      }
    } catch (StatusException e) {
      fail(e.getStatus());
    }
  }

  private void pumpOne() throws StatusException {
    if (!bodyEnded || sent) {
      return;
    }
    ByteString object = objects.next();
    checkEnd(object);
    if (object == null) {
      send(prototype());
    } else {
      read(object);
    }
  }

  private void pumpAll() throws StatusException {
    while (!reading && !replies.done() && call.isReady()) {
      ByteString object = objects.next();
      if (object == null) {
        afterAll();
        return;
      }
      stop(incomplete);
      incomplete = null;
      read(object);
    }
  }

  /** What has come of a message is held meanwhile, and so not for ever. */
  private void awaitRest() {
    if (incomplete == null && objects.inObject()) {
      Duration time = gateway.messageTimeMax();
      incomplete =
          responder.loop().schedule(this::restMissing, time.toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void restMissing() {
    fail(
        Status.DEADLINE_EXCEEDED.withDescription(
            "a message of the request's body was not complete in time"));
  }

  private static void stop(@Nullable ScheduledFuture<?> timer) {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  private void afterAll() throws StatusException {
    if (!bodyEnded) {
      awaitRest();
      responder.more();
    } else if (!closed) {
      checkEnd(null);
      closed = true;
      call.halfClose();
    }
  }

  private void checkEnd(@Nullable ByteString object) throws StatusException {
    if (object == null && objects.inObject()) {
      throw JsonObjects.malformed("unexpected EOF");
    }
  }

  private void read(ByteString json) throws StatusException {
    if (json.size() <= IN_PLACE_BYTES_MAX) {
      send(Json.parse(json, prototype()));
      return;
    }
    reading = true;
    gateway.threads().execute(() -> gateway.bodies().read(() -> readElsewhere(json)));
  }

  private void readElsewhere(ByteString json) {
    Runnable next;
    try {
      Message message = Json.parse(json, prototype());
      next = () -> sendRead(message);
    } catch (StatusException e) {
      next = () -> fail(e.getStatus());
    } catch (RuntimeException | Error e) {
      log.atError().setCause(e).log("a body could not be read");
      next = () -> fail(Status.INTERNAL.withDescription("rowan: internal error"));
    }
    responder.loop().execute(next);
  }

  private void sendRead(Message message) {
    reading = false;
    if (replies.done()) {
      return;
    }
    try {
      send(message);
      pump();
    } catch (StatusException e) {
      fail(e.getStatus());
    }
  }

  private void send(Message message) throws StatusException {
    int bytes = message.getSerializedSize();
    if (bytes > gateway.messageBytesMax()) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription(
              "grpc: received message larger than max (%d vs. %d)"
                  .formatted(bytes, gateway.messageBytesMax()))
          .asException();
    }
    if (one) {
      sent = true;
      objects.clear();
      replies.start(headers.metadata());
      call.sendMessage(message);
      call.halfClose();
    } else {
      call.sendMessage(message);
    }
  }

  private Message prototype() {
    return (Message) ((PrototypeMarshaller<?>) method.getRequestMarshaller()).getMessagePrototype();
  }

  /** A stream's client is told at once; otherwise its body is read, and lost, before. */
  private void refuse(Status status) {
    objects.clear();
    if (one) {
      refusal = status;
    } else {
      fail(status);
    }
  }

  private void fail(Status status) {
    reading = false;
    stop(incomplete);
    objects.clear();
    replies.fail(status);
  }

  /** The call takes more messages. */
  void ready() {
    if (!one) {
      pump();
    }
  }

  /** The answer is complete; the rest of the body, if there is any, is lost. */
  void answered() {
    objects.clear();
    stop(timeout);
    stop(incomplete);
  }

  @Override
  public void writable() {
    replies.drain();
  }

  @Override
  public void gone() {
    answered();
    objects.clear();
    replies.abandon();
  }
}
