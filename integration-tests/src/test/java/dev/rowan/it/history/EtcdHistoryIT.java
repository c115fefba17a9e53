package dev.rowan.it.history;

import dev.rowan.it.Etcd;
import dev.rowan.it.Server;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The proof of the suite, for whoever changes it: an etcd equals an etcd. */
@EnabledIfSystemProperty(named = "rowan.etcd.all", matches = "true")
final class EtcdHistoryIT extends HistoryContract {
  @Override
  protected Server startSubject() {
    return Etcd.start();
  }
}
