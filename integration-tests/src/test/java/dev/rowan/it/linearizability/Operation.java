package dev.rowan.it.linearizability;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import io.grpc.Status;

/**
 * One request of a client, and what it was told.
 *
 * @param id counts the operations of a history
 * @param instance which life of which instance was asked; empty if it may have been either of two
 * @param invoked when it was sent, in {@link System#nanoTime}
 * @param returned when the answer was there; {@link Long#MAX_VALUE} while the outcome is unknown
 */
record Operation(
    int id, String instance, Message request, long invoked, long returned, Outcome outcome) {
  private static final int TEXT_CHARS_MAX = 400;

  /** What the client was told. */
  sealed interface Outcome {}

  /** It happened, and this is the answer. */
  record Answered(Message response) implements Outcome {}

  /** It did not happen and never will. */
  record Refused(Status.Code code, String text) implements Outcome {}

  /** It may have happened, may happen yet, or never will. */
  record Open(String status) implements Outcome {}

  /** Whether it asks for no more than a state that was. */
  boolean serializable() {
    return request instanceof RangeRequest range && range.getSerializable();
  }

  @Override
  public String toString() {
    String told =
        switch (outcome) {
          case Answered(Message response) -> text(response);
          case Refused(Status.Code code, String text) -> code + " " + text;
          case Open(String status) -> "unknown, " + status;
        };
    return "#%d %s{%s} at %s from %d to %s: %s"
        .formatted(
            id,
            request.getDescriptorForType().getName(),
            text(request),
            instance.isEmpty() ? "?" : instance,
            invoked,
            returned == Long.MAX_VALUE ? "?" : returned,
            told);
  }

  /** A message on one line, cut to what a reader takes in. */
  static String text(Message message) {
    String text = TextFormat.printer().emittingSingleLine(true).printToString(message);
    return text.length() > TEXT_CHARS_MAX ? text.substring(0, TEXT_CHARS_MAX) + "..." : text;
  }
}
