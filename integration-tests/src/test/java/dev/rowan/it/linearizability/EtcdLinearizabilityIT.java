package dev.rowan.it.linearizability;

import dev.rowan.it.Etcd;
import dev.rowan.it.Server;
import java.util.List;

/** A real etcd: that nothing is found proves the judges. */
final class EtcdLinearizabilityIT extends LinearizabilityContract {
  @Override
  int usualSeconds() {
    return 5;
  }

  @Override
  Subject start() {
    Server server = Etcd.start(FLAGS);
    Instance instance = new Instance(0, server);
    return new Subject(
        List.of(instance), List.of(instance.killed(), instance.suspended()), server::close);
  }
}
