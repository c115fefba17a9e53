package dev.rowan.http;

import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a call is told of the HTTP request's headers.
 *
 * @param metadata the token, and what was given as Grpc-Metadata-…
 * @param timeout how long the call may take, or null
 */
record CallHeaders(Metadata metadata, @Nullable Duration timeout) {
  private static final String TIMEOUT = "grpc-timeout";
  private static final String PREFIX = "grpc-metadata-";
  private static final String TOKEN = "token";
  private static final String BEARER = "Bearer ";
  private static final String BINARY = Metadata.BINARY_HEADER_SUFFIX;

  /** Longer than any call, and short enough to be counted in nanoseconds. */
  private static final Duration TIMEOUT_MAX = Duration.ofDays(365);

  private static final Pattern TIME = Pattern.compile("([0-9]{1,8})([HMSmun])");
  private static final Pattern KEY = Pattern.compile("[0-9a-z_.-]+");
  private static final Pattern PRINTABLE = Pattern.compile("[ -~]*");

  /**
   * Reads a request's headers.
   *
   * @throws StatusException if one does not say what it should
   */
  static CallHeaders of(HttpHeaders headers) throws StatusException {
    var metadata = new Metadata();
    for (Map.Entry<String, String> header : headers) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (name.startsWith(PREFIX)) {
        add(metadata, name.substring(PREFIX.length()), header.getValue());
      }
    }
    String authorization = headers.get(HttpHeaderNames.AUTHORIZATION);
    if (authorization != null && PRINTABLE.matcher(authorization).matches()) {
      Metadata.Key<String> token = ascii(TOKEN);
      add(metadata, HttpHeaderNames.AUTHORIZATION.toString(), authorization);
      if (!metadata.containsKey(token)) {
        metadata.put(
            token,
            authorization.startsWith(BEARER)
                ? authorization.substring(BEARER.length())
                : authorization);
      }
    }
    return new CallHeaders(metadata, timeout(headers.get(TIMEOUT)));
  }

  /** What could not be metadata is left out, as etcd leaves it out. */
  private static void add(Metadata metadata, String name, String value) throws StatusException {
    if (!KEY.matcher(name).matches()) {
      return;
    }
    if (name.endsWith(BINARY)) {
      metadata.put(Metadata.Key.of(name, Metadata.BINARY_BYTE_MARSHALLER), binary(name, value));
    } else if (PRINTABLE.matcher(value).matches()) {
      metadata.put(ascii(name), value);
    }
  }

  private static byte[] binary(String name, String value) throws StatusException {
    try {
      return Base64.getDecoder().decode(value);
    } catch (IllegalArgumentException e) {
      throw Status.INVALID_ARGUMENT
          .withDescription("invalid binary header " + PREFIX + name + ": it is not base64")
          .asException();
    }
  }

  private static Metadata.Key<String> ascii(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  private static @Nullable Duration timeout(@Nullable String text) throws StatusException {
    if (text == null) {
      return null;
    }
    Matcher time = TIME.matcher(text);
    if (!time.matches()) {
      throw Status.INVALID_ARGUMENT.withDescription("invalid grpc-timeout: " + text).asException();
    }
    ChronoUnit unit =
        switch (time.group(2)) {
          case "H" -> ChronoUnit.HOURS;
          case "M" -> ChronoUnit.MINUTES;
          case "S" -> ChronoUnit.SECONDS;
          case "m" -> ChronoUnit.MILLIS;
          case "u" -> ChronoUnit.MICROS;
          default -> ChronoUnit.NANOS;
        };
    Duration asked = Duration.of(Long.parseLong(time.group(1)), unit);
    return asked.compareTo(TIMEOUT_MAX) < 0 ? asked : TIMEOUT_MAX;
  }
}
