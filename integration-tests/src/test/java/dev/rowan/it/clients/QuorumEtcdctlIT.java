package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** A follower of a quorum of three. */
final class QuorumEtcdctlIT extends EtcdctlContract {
  private static final int MEMBERS = 3;

  @Override
  Server start() {
    return Server.follower(Rowan.quorum(MEMBERS));
  }
}
