package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** A follower of a quorum of three; takes minutes, so only where it is asked for. */
@EnabledIfSystemProperty(named = "rowan.quorum.all", matches = "true")
final class QuorumKubernetesIT extends KubernetesContract {
  private static final int MEMBERS = 3;

  @Override
  Server start() {
    return Server.follower(Rowan.quorum(MEMBERS));
  }
}
