package dev.rowan.quorum;

import dev.rowan.StartException;
import dev.rowan.raft.MemberIdentity;
import dev.rowan.raft.Peer;
import dev.rowan.raft.PeerTls;
import dev.rowan.raft.RaftConfig;
import dev.rowan.raft.RaftException;
import dev.rowan.tls.PeerContexts;
import dev.rowan.tls.PeerTlsConfig;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a member of a quorum was asked to be: the flags that etcd has for it, checked. Immutable.
 *
 * <p>To start it: {@link #openTls}, then {@link Bootstrap}.
 *
 * @param name of this member, one of those of {@code members}
 * @param members the first ones, or those that this one joins; this one among them; by their ids
 * @param listen where it listens for the others
 * @param folder of its part of the quorum's log, beside the file with its data
 * @param timing of --heartbeat-interval and --election-timeout
 * @param limits of the log
 * @param strictReconfig whether changes of members that would cost the quorum are refused
 * @param learnersMax learners at a time
 * @param tls null where members talk over plain TCP
 */
public record QuorumConfig(
    String name,
    List<Member> members,
    Start start,
    PeerUrl listen,
    Path folder,
    RaftConfig.Timing timing,
    RaftConfig.Limits limits,
    boolean strictReconfig,
    int learnersMax,
    @Nullable PeerTlsConfig tls) {
  private static final Logger LOG = LoggerFactory.getLogger(QuorumConfig.class);

  /** The folder of the log, in that of the data. */
  public static final String FOLDER = "raft";

  /** How the member comes to its quorum, unless its folder says that it is in one. */
  public enum Start {
    /** With {@code members} it begins one. */
    NEW,
    /** It was added to one, whose members know its id. */
    JOIN,
    /** It goes on alone with what its folder holds. */
    FORCE_NEW
  }

  /**
   * A member that --initial-cluster lists.
   *
   * @param id as one of a new quorum; of one that was added later, it has another
   * @param peerUrls in their order; the first is dialled
   */
  public record Member(long id, String name, List<PeerUrl> peerUrls) {
    public Member {
      peerUrls = List.copyOf(peerUrls);
    }

    /** What others dial, host:port. */
    public String address() {
      return peerUrls.getFirst().address();
    }

    Peer peer() {
      return new Peer(id, address(), Peer.Role.VOTER);
    }
  }

  public QuorumConfig {
    members = List.copyOf(members);
  }

  /** This member, as --initial-cluster has it. */
  public Member self() {
    return members.stream().filter(member -> member.name().equals(name)).findFirst().orElseThrow();
  }

  /** The others: who joins may ask each of them who the members are. */
  public List<Member> others() {
    return members.stream().filter(member -> !member.name().equals(name)).toList();
  }

  /** The id of the quorum that {@code members} begin. */
  public long newClusterId() {
    return MemberIds.cluster(members.stream().map(Member::id).toList());
  }

  /**
   * Reads the files for TLS between members, and makes those that are to be made.
   *
   * @return null where members talk over plain TCP
   * @throws StartException naming the file that cannot be used, and why
   */
  public @Nullable PeerTls openTls() throws StartException {
    return tls == null ? null : PeerContexts.open(tls);
  }

  /**
   * Whose log the folder holds: then that counts, and flags that say something else don't.
   *
   * @return null if nobody's: the member starts for the first time
   * @throws StartException if it is of another of {@code members}, or cannot be read
   */
  @Nullable MemberIdentity known() throws StartException {
    MemberIdentity known;
    try {
      known = MemberIdentity.of(folder);
    } catch (RaftException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
    for (Member other : others()) {
      if (known != null && other.id() == known.memberId()) {
        throw new StartException(
            "--data-dir: %s holds the data of member %s (%016x), not of %s (--name); each member"
                    .formatted(folder.getParent(), other.name(), other.id(), name)
                + " needs a directory of its own");
      }
    }
    return known;
  }

  /** How a member is opened whose log the folder holds. */
  RaftConfig goingOn(MemberIdentity known, @Nullable PeerTls peerTls) {
    if (start == Start.FORCE_NEW) {
      LOG.atWarn()
          .addKeyValue("memberId", Long.toHexString(known.memberId()))
          .log("the member goes on as the only one; the others must never come back");
      Peer alone = new Peer(known.memberId(), self().address(), Peer.Role.VOTER);
      return config(known, List.of(alone), RaftConfig.Start.FORCE_NEW, peerTls);
    }
    if (start == Start.NEW && known.equals(beginner())) {
      return beginning(peerTls);
    }
    LOG.atInfo()
        .addKeyValue("memberId", Long.toHexString(known.memberId()))
        .addKeyValue("clusterId", Long.toHexString(known.clusterId()))
        .log("the member goes on with what its folder holds");
    return config(known, List.of(), RaftConfig.Start.JOIN, peerTls);
  }

  /** How one of a new cluster's members is opened. */
  RaftConfig beginning(@Nullable PeerTls peerTls) {
    List<Peer> peers = members.stream().map(Member::peer).toList();
    return config(beginner(), peers, RaftConfig.Start.NEW, peerTls);
  }

  private MemberIdentity beginner() {
    return new MemberIdentity(newClusterId(), self().id());
  }

  /** How a member is opened that joins a cluster which knows its ids. */
  RaftConfig joining(long clusterId, long memberId, @Nullable PeerTls peerTls) {
    return config(
        new MemberIdentity(clusterId, memberId), List.of(), RaftConfig.Start.JOIN, peerTls);
  }

  private RaftConfig config(
      MemberIdentity ids, List<Peer> peers, RaftConfig.Start how, @Nullable PeerTls peerTls) {
    return new RaftConfig(
        ids.clusterId(),
        ids.memberId(),
        folder,
        listenAddress(),
        peers,
        how,
        timing,
        limits,
        peerTls);
  }

  private InetSocketAddress listenAddress() {
    return new InetSocketAddress(listen.host().replaceAll("[\\[\\]]", ""), listen.port());
  }
}
