package dev.rowan.quorum;

import dev.rowan.cluster.PeerUrls;
import dev.rowan.proto.rowanpb.Member;
import java.time.Instant;
import java.util.List;

/** Makes a member that is to be added. */
final class NewMember {
  private NewMember() {}

  /**
   * A member that has not run yet.
   *
   * @param peerUrls valid ones
   * @param now from which its id is drawn too (C-6), so that the URLs of a removed member can be
   *     used again
   */
  static Member of(List<String> peerUrls, boolean learner, Instant now, Roster roster) {
    List<String> urls = PeerUrls.normalized(peerUrls);
    return Member.newBuilder()
        .setId(MemberIds.added(urls, now, roster::knows))
        .addAllPeerUrls(urls)
        .setLearner(learner)
        .build();
  }
}
