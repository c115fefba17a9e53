package dev.rowan.raft;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Another member's refusal, or that it cannot be reached. */
final class PeerError extends IOException {
  /** What the caller may do about it. */
  enum Code {
    /** Not reached, or cut off: whether the call was carried out isn't known. */
    UNREACHABLE(1),
    /** It doesn't lead (any more); nothing was done. */
    NOT_LEADER(2),
    /** A change of members that cannot be made; nothing was done. */
    REFUSED(3),
    FAILED(4),
    /** Never sent, nor will it be; nothing was done. */
    NOT_SENT(5);

    private final long wire;

    Code(long wire) {
      this.wire = wire;
    }
  }

  private final Code code;

  PeerError(Code code, String message) {
    super(message);
    this.code = code;
  }

  Code code() {
    return code;
  }

  Payload payload() {
    return Payload.ofLongs(code.wire).then(Payload.ofText(String.valueOf(getMessage())));
  }

  static PeerError read(ByteBuf body) {
    long wire = body.readLong();
    Code code = Code.FAILED;
    for (Code known : Code.values()) {
      code = known.wire == wire ? known : code;
    }
    return new PeerError(code, body.toString(StandardCharsets.UTF_8));
  }

  /** As it is sent: what isn't one is a failure. */
  static PeerError of(Throwable thrown) {
    Throwable cause = thrown;
    while ((cause instanceof CompletionException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    return cause instanceof PeerError error ? error : new PeerError(Code.FAILED, cause.toString());
  }
}
