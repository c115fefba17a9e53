package dev.rowan.it.http;

import dev.rowan.it.Etcd;
import dev.rowan.it.Server;

/** The proof of the cases; an etcd equals an etcd. */
final class EtcdHttpConformanceIT extends HttpConformanceContract {
  @Override
  Server startSubject() {
    return Etcd.start();
  }

  @Override
  int httpPort(Server subject) {
    return subject.port();
  }
}
