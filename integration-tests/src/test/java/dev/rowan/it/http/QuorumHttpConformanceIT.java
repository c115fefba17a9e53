package dev.rowan.it.http;

import dev.rowan.it.Etcd;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A follower of a quorum of three, compared with a follower of three members of etcd. */
@EnabledIfSystemProperty(named = "rowan.quorum.all", matches = "true")
final class QuorumHttpConformanceIT extends HttpConformanceContract {
  private static final int MEMBERS = 3;

  @Override
  Server startOracle() {
    return Server.follower(Etcd.quorum(MEMBERS));
  }

  @Override
  Server startSubject() {
    return Server.follower(Rowan.quorum(MEMBERS));
  }

  @Override
  int httpPort(Server subject) {
    return subject.port();
  }
}
