package dev.rowan.it.history;

import dev.rowan.it.Etcd;
import dev.rowan.it.Server;

/** The proof of the suite; an etcd equals an etcd. */
final class EtcdHistoryIT extends HistoryContract {
  @Override
  protected Server startSubject() {
    return Etcd.start();
  }
}
