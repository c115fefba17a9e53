package dev.rowan.it.clients;

import dev.rowan.it.Etcd;
import dev.rowan.it.Server;

/** Proves what the suite expects. */
final class EtcdTlsIT extends TlsContract {
  @Override
  Server start(String... flags) {
    return Etcd.start(flags);
  }
}
