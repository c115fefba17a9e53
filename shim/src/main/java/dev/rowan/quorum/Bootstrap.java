package dev.rowan.quorum;

import dev.rowan.StartException;
import dev.rowan.cluster.PeerUrls;
import dev.rowan.proto.rowanpb.Members;
import dev.rowan.quorum.QuorumConfig.Member;
import dev.rowan.raft.MemberIdentity;
import dev.rowan.raft.PeerTls;
import dev.rowan.raft.RaftConfig;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a member comes to its quorum: by what its folder holds, and where that is nothing by its
 * flags, and by what those say that run. Waits for them: for who is no member yet.
 *
 * <p>A member that lost its folder is no member any more: it could vote twice in a term. So none
 * begins, or joins, as one that has run before; if one of the others runs, for only they know.
 */
public final class Bootstrap {
  private final QuorumConfig config;
  private final @Nullable PeerTls tls;
  private final Asking asking;

  private Bootstrap(QuorumConfig config, @Nullable PeerTls tls, Asking asking) {
    this.config = config;
    this.tls = tls;
    this.asking = asking;
  }

  /** Asks whoever listens at an address for the members. */
  @FunctionalInterface
  public interface Asking {
    /**
     * Asks once.
     *
     * @param address host:port
     * @return null if there is no answer
     */
    @Nullable Answer ask(String address) throws InterruptedException;
  }

  /** What a member says of its cluster. */
  public record Answer(long clusterId, Members members) {}

  /**
   * Finds out how the member is to be opened.
   *
   * @param tls of {@link QuorumConfig#openTls}
   * @throws StartException if it can't be; the message says what to do about it
   */
  public static RaftConfig raft(QuorumConfig config, @Nullable PeerTls tls, Asking asking)
      throws StartException, InterruptedException {
    MemberIdentity known = config.known();
    if (known != null) {
      return config.goingOn(known, tls);
    }
    Bootstrap bootstrap = new Bootstrap(config, tls, asking);
    return switch (config.start()) {
      case NEW -> bootstrap.begin();
      case JOIN -> bootstrap.join();
      case FORCE_NEW ->
          throw new StartException(
              "--force-new-cluster: " + config.folder() + " holds no member's log to go on with");
    };
  }

  /**
   * Refuses to have a member go on alone whom the others removed, or while one of them runs: that
   * one would find itself removed, and its data, which may be newer, of no more use.
   *
   * @param stored the members as this one has them
   * @throws StartException naming the one that runs
   */
  static void checkLast(RaftConfig raft, Members stored, Asking asking)
      throws StartException, InterruptedException {
    if (stored.getRemovedList().contains(raft.memberId())) {
      throw new StartException(
          "--force-new-cluster: the other members removed member %x, which cannot go on as the last"
              .formatted(raft.memberId()));
    }
    for (dev.rowan.proto.rowanpb.Member member : stored.getMembersList()) {
      for (String url : member.getPeerUrlsList()) {
        String address = PeerUrls.address(url);
        boolean other = member.getId() != raft.memberId() && address != null;
        Answer answer = other ? asking.ask(String.valueOf(address)) : null;
        if (answer != null && answer.clusterId() == raft.clusterId()) {
          throw new StartException(
              "--force-new-cluster: member %s (%x) of the cluster still runs at %s; stop it if it is"
                      .formatted(member.getName(), member.getId(), url)
                  + " to be given up, or leave the flag out: it is for one start, when the others are"
                  + " lost for good");
        }
      }
    }
  }

  private RaftConfig begin() throws StartException, InterruptedException {
    Answer answer = ask();
    if (answer != null && answer.clusterId() != config.newClusterId()) {
      throw new StartException(
          "--initial-cluster-state=new: members of --initial-cluster run already, in cluster %x, and"
                  .formatted(answer.clusterId())
              + " these flags begin cluster %x; existing joins one"
                  .formatted(config.newClusterId()));
    }
    if (answer != null) {
      checkNotStarted(answer, config.self().id());
    }
    return config.beginning(tls);
  }

  private RaftConfig join() throws StartException, InterruptedException {
    if (config.others().isEmpty()) {
      throw new StartException(
          "--initial-cluster-state=existing: --initial-cluster lists nobody but " + config.name());
    }
    Answer answer = ask();
    if (answer == null) {
      throw new StartException(
          "cannot fetch cluster info from peer urls: none of --initial-cluster's other members"
              + " answers");
    }
    if (answer.members().getMembersCount() != config.members().size()) {
      throw invalid(answer, "member count is unequal");
    }
    for (Member listed : config.members()) {
      if (find(answer, listed) == null) {
        throw invalid(answer, "PeerURLs: no match found for member " + listed.name());
      }
    }
    dev.rowan.proto.rowanpb.Member self = find(answer, config.self());
    if (self == null) {
      throw new IllegalStateException("this member is one of those that were found");
    }
    checkNotStarted(answer, self.getId());
    return config.joining(answer.clusterId(), self.getId(), tls);
  }

  /** The first answer: all members that run say the same, sooner or later. */
  private @Nullable Answer ask() throws InterruptedException {
    for (Member other : config.others()) {
      Answer answer = asking.ask(other.address());
      if (answer != null) {
        return answer;
      }
    }
    return null;
  }

  private static dev.rowan.proto.rowanpb.@Nullable Member find(Answer answer, Member listed) {
    Set<String> urls =
        listed.peerUrls().stream().map(PeerUrl::toString).collect(Collectors.toSet());
    for (dev.rowan.proto.rowanpb.Member member : answer.members().getMembersList()) {
      if (new HashSet<>(member.getPeerUrlsList()).equals(urls)) {
        return member;
      }
    }
    return null;
  }

  /** A member has URLs for clients once it has run; its name may be known before. */
  private void checkNotStarted(Answer answer, long id) throws StartException {
    for (dev.rowan.proto.rowanpb.Member member : answer.members().getMembersList()) {
      if (member.getId() == id && member.getClientUrlsCount() > 0) {
        throw new StartException(
            "member %x has already been bootstrapped, and %s does not hold its data; "
                    .formatted(id, config.folder().getParent())
                + "remove the member and add it again");
      }
    }
    if (answer.members().getRemovedList().contains(id)) {
      throw new StartException(
          "member %x was removed from the cluster, and can be added again only as another"
              .formatted(id));
    }
  }

  private StartException invalid(Answer answer, String why) {
    List<String> urls =
        answer.members().getMembersList().stream()
            .map(member ->
                (member.getName().isEmpty() ? "(not started)" : member.getName())
                    + "="
                    + String.join("+", member.getPeerUrlsList()))
            .toList();
    return new StartException(
        "--initial-cluster: error validating peerURLs: %s; the cluster has %s"
            .formatted(why, urls));
  }
}
