package dev.rowan.grpc;

import dev.rowan.ServerConfig.Keepalive;
import dev.rowan.ServerConfig.Limits;
import dev.rowan.tls.TlsContexts;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link ClientPort} is to be.
 *
 * @param listen URLs for gRPC, and for HTTP unless it has its own; at least one
 * @param http URLs for HTTP alone; empty to serve it at the others
 * @param tls for the https and unixs URLs; null if there are none
 * @param beginMax until a connection's protocol is known, TLS handshake included
 */
public record PortConfig(
    List<URI> listen,
    List<URI> http,
    @Nullable TlsContexts tls,
    Limits limits,
    Keepalive keepalive,
    Duration beginMax) {
  public PortConfig {
    listen = List.copyOf(listen);
    http = List.copyOf(http);
  }
}
