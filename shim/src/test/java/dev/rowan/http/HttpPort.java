package dev.rowan.http;

import dev.rowan.ServerConfig.Keepalive;
import dev.rowan.ServerConfig.Limits;
import dev.rowan.StartException;
import dev.rowan.grpc.ClientPort;
import dev.rowan.grpc.EventLoops;
import dev.rowan.grpc.PortConfig;
import dev.rowan.metrics.Metrics;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/** A port that serves nothing by itself, to have HTTP on. */
final class HttpPort {
  private HttpPort() {}

  static ClientPort open(EventLoops loops) throws StartException {
    return ClientPort.open(
        new PortConfig(
            List.of(),
            List.of(),
            null,
            new Limits(128, 1_572_864, Integer.MAX_VALUE, 0),
            new Keepalive(Duration.ofSeconds(5), Duration.ofHours(2), Duration.ofSeconds(20)),
            ClientPort.BEGIN_MAX),
        loops,
        List.of(),
        new Metrics("test").rpc(),
        pipeline -> {});
  }

  /** Serves HTTP at a URL, and gives where that is. */
  static InetSocketAddress serve(ClientPort port, URI url, HttpPipeline pipeline)
      throws StartException {
    URI bound = port.serve(List.of(url), pipeline).getFirst();
    return new InetSocketAddress(bound.getHost(), bound.getPort());
  }
}
