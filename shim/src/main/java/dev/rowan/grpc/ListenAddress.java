package dev.rowan.grpc;

import dev.rowan.StartException;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An address to listen on, with the URLs that name it: one with and one without TLS may share it,
 * as in etcd. A unix URL's path is what follows its two slashes, be it relative or not.
 */
record ListenAddress(SocketAddress address, List<URI> urls) {
  ListenAddress {
    urls = List.copyOf(urls);
  }

  /**
   * The addresses of the URLs, in the order of their first mention.
   *
   * @throws StartException naming the URL whose host is unknown
   */
  static List<ListenAddress> of(List<URI> urls) throws StartException {
    Map<SocketAddress, List<URI>> addresses = new LinkedHashMap<>();
    List<ListenAddress> found = new ArrayList<>();
    for (URI url : urls) {
      SocketAddress address = isUnix(url) ? new DomainSocketAddress(path(url)) : inet(url);
      if (!isUnix(url) && url.getPort() == 0) {
        // Each takes a port of its own.
        found.add(new ListenAddress(address, List.of(url)));
      } else {
        addresses.computeIfAbsent(address, first -> new ArrayList<>()).add(url);
      }
    }
    addresses.forEach((address, named) -> found.add(new ListenAddress(address, named)));
    found.sort((a, b) -> urls.indexOf(a.urls().getFirst()) - urls.indexOf(b.urls().getFirst()));
    return found;
  }

  private static InetSocketAddress inet(URI url) throws StartException {
    var address = new InetSocketAddress(url.getHost(), url.getPort());
    if (address.isUnresolved()) {
      throw new StartException("cannot listen on " + url + ": unknown host");
    }
    return address;
  }

  private static String path(URI url) {
    String authority = url.getRawAuthority();
    return (authority == null ? "" : authority) + url.getPath();
  }

  private static boolean isUnix(URI url) {
    return url.getScheme().startsWith("unix");
  }

  boolean unix() {
    return address instanceof DomainSocketAddress;
  }

  /** The path of a unix socket. */
  Path path() {
    return Path.of(((DomainSocketAddress) address).path());
  }

  boolean plain() {
    return urls.stream().anyMatch(url -> List.of("http", "unix").contains(url.getScheme()));
  }

  boolean tls() {
    return urls.stream().anyMatch(url -> List.of("https", "unixs").contains(url.getScheme()));
  }

  /** The URLs with the port that was bound. */
  List<URI> bound(SocketAddress socket) {
    return urls.stream()
        .map(url ->
            socket instanceof InetSocketAddress inet && !unix()
                ? URI.create(url.getScheme() + "://" + url.getHost() + ":" + inet.getPort())
                : url)
        .toList();
  }

  StartException cannotListen(Throwable cause) {
    Throwable innermost = cause;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    return new StartException(
        "cannot listen on " + urls.getFirst() + ": " + innermost.getMessage(), cause);
  }
}
