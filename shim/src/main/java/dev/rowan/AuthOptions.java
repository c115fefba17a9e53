package dev.rowan;

import dev.rowan.auth.JwtKey;
import dev.rowan.auth.JwtOptions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The flags about users and tokens. Keys are read, and tried, while there is somebody to tell. */
final class AuthOptions {
  /** etcd's, where 0 is given. */
  private static final int TOKEN_TTL_SECONDS = 300;

  /** As nanoseconds, and with a half added, still a long. */
  private static final int TOKEN_TTL_SECONDS_MAX = 1_000_000_000;

  private static final int BCRYPT_COST_MIN = 4;
  private static final int BCRYPT_COST_MAX = 31;

  private AuthOptions() {}

  static ServerConfig.Auth read(Flags flags) throws UsageException {
    long ttl = number(flags.value(Flag.AUTH_TOKEN_TTL), 0, TOKEN_TTL_SECONDS_MAX);
    long cost = number(flags.value(Flag.BCRYPT_COST), BCRYPT_COST_MIN, BCRYPT_COST_MAX);
    Given certificates = flags.given(Flag.CLIENT_CERT_AUTH);
    return new ServerConfig.Auth(
        jwt(flags),
        Duration.ofSeconds(ttl == 0 ? TOKEN_TTL_SECONDS : ttl),
        (int) cost,
        certificates != null && certificates.isTrue());
  }

  private static long number(Given value, long min, long max) throws UsageException {
    try {
      long number = Long.parseLong(value.value());
      if (number >= min && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a number that is out of range.
    }
    throw value.malformed();
  }

  private static @Nullable JwtKey jwt(Flags flags) throws UsageException {
    Given value = flags.value(Flag.AUTH_TOKEN);
    String[] parts = value.value().split(",", -1);
    if (parts[0].equals("simple") && parts.length == 1) {
      return null;
    }
    if (!parts[0].equals("jwt")) {
      throw value.malformed();
    }
    Map<String, String> options = new HashMap<>();
    for (int i = 1; i < parts.length; i++) {
      String[] pair = parts[i].split("=", -1);
      if (pair.length != 2 || options.put(pair[0], pair[1]) != null) {
        throw value.malformed();
      }
    }
    return key(flags, value, options);
  }

  private static JwtKey key(Flags flags, Given value, Map<String, String> options)
      throws UsageException {
    String ttl = options.remove("ttl");
    for (String name : options.keySet()) {
      if (!JwtOptions.NAMES.contains(name)) {
        flags.note("--auth-token has an option that is not known: " + name, value);
      }
    }
    try {
      return new JwtOptions(options, ttl == null || ttl.isEmpty() ? JwtOptions.TTL : ttl(ttl))
          .key();
    } catch (IllegalArgumentException e) {
      throw new UsageException(value.label() + ": " + e.getMessage());
    }
  }

  private static Duration ttl(String text) {
    try {
      return GoDuration.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("ttl must be " + Flag.Form.DURATION.expected, e);
    }
  }
}
