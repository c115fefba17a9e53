package dev.rowan.it.conformance;

import com.google.protobuf.Message;
import dev.rowan.it.StreamSession;
import dev.rowan.it.StreamSession.Received;
import java.time.Duration;

/**
 * A call with one request that is under way: it waits, or has many answers. What it is answered is
 * written down when it is asked for. Not thread-safe.
 */
public final class Pending<Q extends Message, R extends Message> {
  /** How long a call must stay unanswered to count as waiting. */
  private static final Duration WAITS = Duration.ofMillis(150);

  private final StreamSession<Q, R> session;
  private final Side side;
  private final String request;

  Pending(StreamSession<Q, R> session, Q request, Side side) {
    this.session = session;
    this.side = side;
    this.request = side.text(request);
    session.send(request);
    session.halfClose();
  }

  /** Waits for the next answer, or the end, and writes it down. */
  public void next() {
    side.note(request, text(session.next()));
  }

  /** Writes down whether the call waits, which is nothing's having come for a moment. */
  public void waits() {
    side.note(request, session.poll(WAITS).map(this::text).orElse("waits"));
  }

  /** Gives the call up. */
  public void cancel() {
    session.cancel();
  }

  private String text(Received<R> received) {
    return switch (received) {
      case Received.Response<R>(R answer) -> side.text(answer);
      case Received.End<R>(var status) -> "end: " + side.text(status);
    };
  }
}
