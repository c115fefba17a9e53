package dev.rowan.quorum;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a member of a quorum is reached by the others: {@code http://host:port}, or https for TLS.
 *
 * @param host a name, an IPv4 address, or an IPv6 address in brackets
 */
public record PeerUrl(boolean secure, String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(?i)(https?)://([^\\[\\]:/?#@\\s,]+|\\[[0-9a-f:.]+\\]):(0|[1-9][0-9]{0,4})");

  private static final int PORT_MAX = 65_535;

  /**
   * Takes a URL apart.
   *
   * @throws IllegalArgumentException if it is of a unix socket, has more than scheme, host and
   *     port, or less
   */
  public static PeerUrl parse(String text) {
    Matcher url = FORM.matcher(text.strip());
    if (!url.matches() || Integer.parseInt(url.group(3)) > PORT_MAX) {
      throw new IllegalArgumentException(
          "\"" + text + "\" is not http:// or https:// with a host and a port, and nothing else");
    }
    boolean secure = url.group(1).toLowerCase(Locale.ROOT).equals("https");
    return new PeerUrl(secure, url.group(2), Integer.parseInt(url.group(3)));
  }

  /** What is dialled: {@code host:port}. */
  public String address() {
    return host + ":" + port;
  }

  /** The URL as etcd writes it, and makes ids of. */
  @Override
  public String toString() {
    return (secure ? "https://" : "http://") + address();
  }
}
