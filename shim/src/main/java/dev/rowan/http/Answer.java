package dev.rowan.http;

import com.google.protobuf.ByteString;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole HTTP answer.
 *
 * @param headers beside the length, the date and those of {@link AccessRules}
 */
record Answer(HttpResponseStatus status, List<Header> headers, ByteString body) {
  private static final Header TEXT = new Header("Content-Type", "text/plain; charset=utf-8");
  private static final Header NO_SNIFFING = new Header("X-Content-Type-Options", "nosniff");

  /** One header of an answer. */
  record Header(String name, String value) {}

  Answer {
    headers = List.copyOf(headers);
  }

  static Answer empty(HttpResponseStatus status) {
    return new Answer(status, List.of(), ByteString.EMPTY);
  }

  /** A body of a type. */
  static Answer of(HttpResponseStatus status, String type, String body) {
    return new Answer(
        status, List.of(new Header("Content-Type", type)), ByteString.copyFromUtf8(body));
  }

  /** A plain text that nobody may take for something else, as etcd marks them. */
  static Answer plain(HttpResponseStatus status, String body) {
    return new Answer(status, List.of(TEXT, NO_SNIFFING), ByteString.copyFromUtf8(body));
  }

  /** A text that says what was wrong. */
  static Answer error(HttpResponseStatus status, String text) {
    return plain(status, text + "\n");
  }

  static Answer notFound() {
    return error(HttpResponseStatus.NOT_FOUND, "404 page not found");
  }

  static Answer methodNotAllowed() {
    return error(HttpResponseStatus.METHOD_NOT_ALLOWED, "Method Not Allowed").with("Allow", "GET");
  }

  /** The same with one header more. */
  Answer with(String name, String value) {
    var more = new ArrayList<>(headers);
    more.add(new Header(name, value));
    return new Answer(status, more, body);
  }
}
