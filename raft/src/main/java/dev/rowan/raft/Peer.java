package dev.rowan.raft;

/**
 * A member as the others know it.
 *
 * @param id not 0; never given again to another member
 * @param address where the others reach it, host:port
 */
public record Peer(long id, String address, Role role) {

  /** Whether a member's voice counts. */
  public enum Role {
    VOTER,
    /** Gets every entry, but neither votes nor leads. */
    LEARNER
  }

  public Peer {
    if (id == 0) {
      throw new IllegalArgumentException("0 is no member's id");
    }
    PeerAddress.parse(address);
  }
}
