package dev.rowan.http;

import com.google.protobuf.ByteString;
import io.grpc.Status;
import io.grpc.StatusException;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a body that arrives in pieces into the JSON objects that it is made of, which may follow
 * each other with or without space between. It finds where each ends, by its braces outside of
 * strings, and no more: whether it is JSON is for the parser to say. Holds a bounded number of
 * bytes. Not thread-safe.
 */
final class JsonObjects {
  private static final int START_BYTES = 1024;

  /** Values in one object; no request of etcd's API has as many, and each takes room when read. */
  private static final int VALUES_MAX = 100_000;

  private final int bytesMax;
  private final BodyBudget budget;
  private long held;
  private byte[] gathered = new byte[START_BYTES];
  private int begin;
  private int end;

  // Where the object that begins at begin has been looked at up to, and what was seen.
  private int at;
  private int depth;
  private int values;
  private boolean inString;
  private boolean escaped;

  /** Nothing yet; at most this many bytes at a time, taken from a budget. */
  JsonObjects(int bytesMax, BodyBudget budget) {
    this.bytesMax = bytesMax;
    this.budget = budget;
  }

  /**
   * Takes a piece of the body.
   *
   * @throws StatusException if there are more bytes now than may be
   */
  void add(ByteBuf piece) throws StatusException {
    int bytes = piece.readableBytes();
    if (end - begin + bytes > bytesMax) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription("a message of the request's body is larger than " + bytesMax + " bytes")
          .asException();
    }
    if (end + bytes > gathered.length) {
      makeRoom(bytes);
    }
    piece.getBytes(piece.readerIndex(), gathered, end, bytes);
    end += bytes;
  }

  private void makeRoom(int bytes) throws StatusException {
    int kept = end - begin;
    int needed = kept + bytes;
    int capacity =
        needed <= gathered.length
            ? gathered.length
            : Math.min(bytesMax, Math.max(needed, 2 * kept));
    int more = Math.max(0, capacity - gathered.length);
    if (!budget.take(more)) {
      throw Status.RESOURCE_EXHAUSTED
          .withDescription("the server holds too many requests over HTTP that are not complete")
          .asException();
    }
    held += more;
    byte[] target = capacity == gathered.length ? gathered : new byte[capacity];
    System.arraycopy(gathered, begin, target, 0, kept);
    gathered = target;
    at -= begin;
    begin = 0;
    end = kept;
  }

  /**
   * Returns the next object, or null if it is not complete yet.
   *
   * @throws StatusException if something other than an object begins
   */
  @Nullable ByteString next() throws StatusException {
    if (depth == 0) {
      skipSpace();
    }
    for (; at < end; at++) {
      if (closes(gathered[at])) {
        at++;
        values = 0;
        ByteString object = ByteString.copyFrom(gathered, begin, at - begin);
        begin = at;
        return object;
      }
      if (values > VALUES_MAX) {
        throw Status.RESOURCE_EXHAUSTED
            .withDescription("an object of the request's body has more than 100000 values")
            .asException();
      }
    }
    return null;
  }

  private void skipSpace() throws StatusException {
    while (begin < end && isSpace(gathered[begin])) {
      begin++;
    }
    at = begin;
    if (begin < end && gathered[begin] != '{') {
      throw malformed("a JSON object is expected");
    }
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  private boolean closes(byte b) {
    if (inString) {
      if (escaped) {
        escaped = false;
      } else if (b == '\\') {
        escaped = true;
      } else if (b == '"') {
        inString = false;
      }
      return false;
    }
    switch (b) {
      case '"' -> inString = true;
      case '{' -> {
        depth++;
        values++;
      }
      case '}' -> depth--;
      case '[', ',' -> values++;
      default -> {}
    }
    return b == '}' && depth == 0;
  }

  /** Whether an object has begun and not ended. */
  boolean inObject() {
    return depth > 0;
  }

  /** Forgets everything and holds nothing any more. */
  void clear() {
    budget.giveBack(held);
    held = 0;
    gathered = new byte[0];
    begin = 0;
    end = 0;
    at = 0;
    depth = 0;
  }

  static StatusException malformed(String text) {
    return Status.INVALID_ARGUMENT.withDescription(text).asException();
  }
}
