package dev.rowan.http;

import dev.rowan.auth.Credentials;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Which requests of clients are let in, and which pages of a browser may read the answers (H-1,
 * An empty set, or {@code *} in one, is everybody.
 *
 * @param origins origins whose pages may read answers
 * @param hosts names by which a server without TLS may be called: a page that had its own name
 *     resolve to the server's address would be found out by it
 * @param certificatesAreUsers whether a client certificate's common name is a user now. The gateway
 *     does not take it for one, so a request that might count on it is refused
 */
public record AccessRules(
    Set<String> origins, Set<String> hosts, BooleanSupplier certificatesAreUsers) {
  private static final Pattern PORT = Pattern.compile(":[0-9]*$");

  public AccessRules {
    origins = Set.copyOf(origins);
    hosts = Set.copyOf(hosts);
  }

  /** Why a request is not let in, or null. */
  @Nullable Answer refusal(HttpHeaders headers, String path, @Nullable SSLSession tls) {
    if (tls == null) {
      String host = host(headers);
      return allows(hosts, host)
          ? null
          : Answer.error(
              HttpResponseStatus.MISDIRECTED_REQUEST,
              "the host \"" + host + "\" is not among those of --host-whitelist");
    }
    if (path.startsWith(Gateway.PREFIX) && certificatesAreUsers.getAsBoolean() && hasName(tls)) {
      return Answer.error(
          HttpResponseStatus.BAD_REQUEST,
          "CommonName of client sending a request against gateway will be ignored and not used as"
              + " expected");
    }
    return null;
  }

  private static String host(HttpHeaders headers) {
    String host = headers.get(HttpHeaderNames.HOST, "");
    boolean bareIpv6 = host.indexOf(':') != host.lastIndexOf(':') && !host.startsWith("[");
    String name = bareIpv6 ? host : PORT.matcher(host).replaceFirst("");
    return name.startsWith("[") && name.endsWith("]") && !name.equals(host)
        ? name.substring(1, name.length() - 1)
        : name;
  }

  private static boolean hasName(SSLSession tls) {
    String name = Credentials.commonName(tls);
    return name != null && !name.isEmpty();
  }

  /** The origin that an answer is marked as readable for, or null. */
  @Nullable String readableFor(HttpHeaders headers) {
    if (allows(origins, "*")) {
      return "*";
    }
    String origin = headers.get(HttpHeaderNames.ORIGIN, "");
    return origins.contains(origin) ? origin : null;
  }

  private static boolean allows(Set<String> set, String value) {
    return set.isEmpty() || set.contains("*") || set.contains(value);
  }
}
