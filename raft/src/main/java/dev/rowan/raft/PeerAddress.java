package dev.rowan.raft;

import java.net.InetSocketAddress;

/** An address as configuration writes it: host:port, an IPv6 host in brackets. */
final class PeerAddress {
  private static final int PORT_MAX = 65_535;

  private PeerAddress() {}

  /**
   * The host is not looked up: that is done with each connection.
   *
   * @throws IllegalArgumentException if it isn't host:port
   */
  static InetSocketAddress parse(String address) {
    int colon = address.lastIndexOf(':');
    if (colon > 0) {
      String host = address.substring(0, colon);
      if (host.startsWith("[") && host.endsWith("]")) {
        host = host.substring(1, host.length() - 1);
      }
      try {
        int port = Integer.parseInt(address.substring(colon + 1));
        if (port > 0 && port <= PORT_MAX && !host.isEmpty()) {
          return InetSocketAddress.createUnresolved(host, port);
        }
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException(expected(address), e);
      }
    }
    throw new IllegalArgumentException(expected(address));
  }

  private static String expected(String address) {
    return "a peer's address is host:port, not " + address;
  }
}
