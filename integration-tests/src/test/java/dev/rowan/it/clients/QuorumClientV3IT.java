package dev.rowan.it.clients;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** A follower of a quorum of three. */
final class QuorumClientV3IT extends ClientV3Contract {
  private static final int MEMBERS = 3;

  @Override
  Server start(String... flags) {
    return Server.follower(Rowan.quorum(MEMBERS, flags));
  }
}
