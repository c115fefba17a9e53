package dev.rowan.it.http;

import dev.rowan.it.Ports;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over PostgreSQL. */
final class PostgresHttpConformanceIT extends HttpConformanceContract {
  private final int port = Ports.free();

  @Override
  Server startSubject() {
    return Rowan.overPostgres("--listen-client-http-urls=http://127.0.0.1:" + port);
  }

  @Override
  int httpPort(Server subject) {
    return port;
  }
}
