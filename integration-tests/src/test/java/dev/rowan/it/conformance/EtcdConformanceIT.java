package dev.rowan.it.conformance;

import dev.rowan.it.Etcd;
import dev.rowan.it.Server;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The proof of the suite, for whoever changes it: an etcd equals an etcd. */
@EnabledIfSystemProperty(named = "rowan.etcd.all", matches = "true")
final class EtcdConformanceIT extends ConformanceContract {
  @Override
  protected Server startSubject(String... flags) {
    return Etcd.start(flags);
  }
}
