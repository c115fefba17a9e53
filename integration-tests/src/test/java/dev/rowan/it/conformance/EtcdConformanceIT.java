package dev.rowan.it.conformance;

import dev.rowan.it.Etcd;
import dev.rowan.it.Server;

/** The proof of the suite; an etcd equals an etcd. */
final class EtcdConformanceIT extends ConformanceContract {
  @Override
  protected Server startSubject(String... flags) {
    return Etcd.start(flags);
  }
}
