package dev.rowan.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpVersion;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The headers that every answer has, whatever it says. */
final class StandardHeaders {
  /** The form of HTTP; Java's own leaves out a day's leading zero. */
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private StandardHeaders() {}

  /**
   * Adds them.
   *
   * @param readableFor the origin whose pages may read the answer, or null
   * @param keepAlive whether the connection goes on
   * @param version the request's
   */
  static void add(
      HttpHeaders headers, @Nullable String readableFor, boolean keepAlive, HttpVersion version) {
    headers.set(HttpHeaderNames.DATE, DATE.format(Instant.now()));
    if (readableFor != null) {
      headers.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN, readableFor);
      headers.set(HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS, "POST, GET, OPTIONS, PUT, DELETE");
      headers.set(
          HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS, "accept, content-type, authorization");
    }
    if (!keepAlive) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    } else if (version.equals(HttpVersion.HTTP_1_0)) {
      headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
    }
  }
}
