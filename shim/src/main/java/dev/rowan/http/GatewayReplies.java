package dev.rowan.http;

import com.google.protobuf.Message;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What comes back from a call of the gateway, turned into its HTTP answer: one message as the whole
 * of it, or a line for each. It asks the call for no more messages than it has room for while the
 * client takes none. gRPC calls it on any thread; everything it does is on the connection's event
 * loop, in the order of those calls, but for the writing of large JSON.
 */
final class GatewayReplies extends ClientCall.Listener<Message> {
  private static final Logger log = LoggerFactory.getLogger(GatewayReplies.class);

  /** Bytes of a message that an event loop turns into JSON itself. */
  private static final int IN_PLACE_BYTES_MAX = GatewayExchange.IN_PLACE_BYTES_MAX;

  /** Messages of a stream that are asked for ahead, so that a burst need not wait for each. */
  private static final int AHEAD_MAX = 8;

  /** What a client asks for that gets one message: a second would be a mistake to be noticed. */
  private static final int OF_ONE = 2;

  private final ClientCall<Message, Message> call;
  private final boolean lines;
  private final Responder responder;
  private final Executor threads;
  private final GatewayExchange exchange;
  private final Deque<Message> received = new ArrayDeque<>();
  private @Nullable Status closed;
  private @Nullable String whole;
  private boolean started;
  private boolean printing;
  private boolean begun;
  private boolean done;

  /** For a call that is not started; {@code lines} if the server sends a stream. */
  GatewayReplies(
      ClientCall<Message, Message> call,
      boolean lines,
      Responder responder,
      Executor threads,
      GatewayExchange exchange) {
    this.call = call;
    this.lines = lines;
    this.responder = responder;
    this.threads = threads;
    this.exchange = exchange;
  }

  void start(Metadata headers) {
    started = true;
    call.start(this, headers);
    call.request(lines ? AHEAD_MAX : OF_ONE);
  }

  boolean done() {
    return done;
  }

  @Override
  public void onMessage(Message message) {
    responder.loop().execute(() -> take(message));
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    responder.loop().execute(() -> close(status));
  }

  @Override
  public void onReady() {
    responder.loop().execute(exchange::ready);
  }

  private void take(Message message) {
    received.add(message);
    drain();
  }

  private void close(Status status) {
    closed = status;
    drain();
  }

  /** Sends on what was received, as far as the client takes it. */
  void drain() {
    while (!printing && !done && !received.isEmpty() && responder.writable()) {
      Message message = received.remove();
      if (message.getSerializedSize() <= IN_PLACE_BYTES_MAX) {
        emit(Json.print(message));
      } else {
        printing = true;
        threads.execute(() -> printElsewhere(message));
      }
    }
    if (!printing && !done && received.isEmpty() && closed != null) {
      finish(closed);
    }
  }

  private void printElsewhere(Message message) {
    Runnable next;
    try {
      String json = Json.print(message);
      next = () -> printed(json);
    } catch (RuntimeException | Error e) {
      log.atError().setCause(e).log("an answer could not be written");
      next = () -> fail(Status.INTERNAL.withDescription("rowan: internal error"));
    }
    responder.loop().execute(next);
  }

  private void printed(String json) {
    printing = false;
    if (!done) {
      emit(json);
      drain();
    }
  }

  private void emit(String json) {
    if (!lines) {
      whole = json;
      return;
    }
    begun = true;
    responder.line("{\"result\":" + json + "}");
    call.request(1);
  }

  private void finish(Status status) {
    done = true;
    exchange.answered();
    if (!status.isOk()) {
      answer(status);
    } else if (lines) {
      responder.end();
    } else {
      responder.whole(Gateway.success(whole == null ? "{}" : whole));
    }
  }

  private void answer(Status status) {
    if (!lines) {
      responder.whole(Gateway.error(status));
    } else if (begun) {
      responder.line(Gateway.errorLine(status));
      responder.end();
    } else {
      responder.whole(
          started && closed != null ? Gateway.streamError(status) : Gateway.error(status));
    }
  }

  /** Ends the call, and the answer with an error that the gateway itself found. */
  void fail(Status status) {
    if (!done) {
      abandon();
      exchange.answered();
      answer(status);
    }
  }

  /** Ends the call: there is nobody to answer. */
  void abandon() {
    done = true;
    received.clear();
    if (started) {
      call.cancel("the HTTP request is over", null);
    }
  }
}
