package dev.rowan.dialects;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The options behind the question mark of an endpoint, percent-encoded as in RFC 3986. */
final class Query {
  private static final int HEX = 16;

  private Query() {}

  /** Options in their order; the last of one name counts. */
  static Map<String, String> parse(String query) {
    Map<String, String> options = new LinkedHashMap<>();
    for (String option : query.split("&", -1)) {
      if (!option.isEmpty()) {
        int equals = option.indexOf('=');
        if (equals < 0) {
          throw new IllegalArgumentException(
              "the endpoint's option " + decode(option) + " has no value");
        }
        options.put(decode(option.substring(0, equals)), decode(option.substring(equals + 1)));
      }
    }
    return options;
  }

  /** Decodes %XX; unlike in a web form, a plus sign is a plus sign. */
  static String decode(String text) {
    ByteArrayOutputStream decoded = new ByteArrayOutputStream(text.length());
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] != '%') {
        decoded.write(bytes[i]);
        continue;
      }
      int high = i + 2 <= bytes.length - 1 ? Character.digit(bytes[i + 1], HEX) : -1;
      int low = i + 2 <= bytes.length - 1 ? Character.digit(bytes[i + 2], HEX) : -1;
      if (high < 0 || low < 0) {
        throw new IllegalArgumentException(
            "the endpoint has a % that is not followed by two hexadecimal digits; a % itself is"
                + " written %25");
      }
      decoded.write(high * HEX + low);
      i += 2;
    }
    return decoded.toString(StandardCharsets.UTF_8);
  }
}
