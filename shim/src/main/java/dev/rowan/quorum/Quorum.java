package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.StartException;
import dev.rowan.cluster.Identity;
import dev.rowan.dialects.LogException;
import dev.rowan.metrics.Metrics;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.proto.rowanpb.Member;
import dev.rowan.proto.rowanpb.Members;
import dev.rowan.raft.Discovered;
import dev.rowan.raft.PeerTls;
import dev.rowan.raft.RaftConfig;
import dev.rowan.raft.RaftException;
import dev.rowan.raft.RaftMember;
import dev.rowan.raft.RaftStop;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This process as a member of a quorum: the log that the members share, who they are, and the
 * commands that go to the one that leads. Opened and closed by one thread.
 */
public final class Quorum {
  private static final Logger LOG = LoggerFactory.getLogger(Quorum.class);

  /** How long one of the others may take to say who the members are. */
  private static final Duration DISCOVERY_MAX = Duration.ofSeconds(1);

  private final QuorumConfig config;
  private final RaftConfig raft;
  private final Membership membership;
  private final Leaders leaders = new Leaders();
  private final PeerExchange exchange;
  private final CommandRelay relay;
  private final QuorumLog log;

  private Quorum(QuorumConfig config, RaftConfig raft, Path file)
      throws LogException, RaftException {
    this.config = config;
    this.raft = raft;
    membership = new Membership(first(config, raft));
    exchange = new PeerExchange(membership::toBytes);
    relay = new CommandRelay(raft.memberId(), ByteString::empty);
    exchange.handle(PeerExchange.Kind.COMMANDS, call -> relay.call(0, call));
    log =
        QuorumLog.open(
            file,
            raft,
            membership,
            (term, leader) -> {
              leaders.changed(term, leader);
              relay.changed(term, leader);
            },
            exchange);
  }

  /**
   * Takes part in the quorum, and waits until there is a leader and this member has what was
   * acknowledged until then.
   *
   * @param file with this member's data
   * @param stopAsked completed where the process is asked to stop before that
   * @throws StartException if this cannot be a member; the message says what is wrong
   */
  public static Quorum open(QuorumConfig config, Path file, CompletableFuture<Void> stopAsked)
      throws StartException, LogException {
    PeerTls tls = config.openTls();
    try {
      Bootstrap.Asking asking = address -> ask(address, tls);
      RaftConfig raft = Bootstrap.raft(config, tls, asking);
      if (raft.start() == RaftConfig.Start.FORCE_NEW) {
        Bootstrap.checkLast(raft, QuorumLog.membersIn(file, raft.clusterId()), asking);
        Path received = RaftMember.received(raft.folder()).orElse(null);
        if (received != null) {
          Bootstrap.checkLast(raft, QuorumLog.membersIn(received, raft.clusterId()), asking);
        }
      }
      Quorum quorum = new Quorum(config, raft, file);
      boolean joined = false;
      try {
        new Arrival(quorum.log, raft, asking).await(stopAsked);
        joined = true;
      } finally {
        if (!joined) {
          quorum.log.close();
        }
      }
      return quorum;
    } catch (RaftException.DamagedLog | LogException.Corrupt e) {
      throw new StartException(e.getMessage() + replacement(config), e);
    } catch (LogException.Conflict e) {
      throw new StartException(
          e.getMessage()
              + ". --initial-cluster and --initial-cluster-token say which cluster a member is of; a"
              + " store that was served alone moves into a quorum by etcdctl snapshot save and rowan"
              + " restore",
          e);
    } catch (RaftException.AddressUnusable e) {
      throw new StartException("--listen-peer-urls: " + e.getMessage(), e);
    } catch (RaftException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartException("interrupted while waiting for the other members", e);
    }
  }

  /** What to do about a member whose data is damaged. */
  private static String replacement(QuorumConfig config) {
    return ". If the other members serve, remove this one from the cluster, delete its data"
        + " directory %s, and add it again: it gets all data from them"
            .formatted(config.folder().toAbsolutePath().getParent());
  }

  /**
   * Those that begin the list if nobody has yet: --initial-cluster's, if this is one of them; or
   * only this one, if it goes on alone.
   */
  private static List<Member> first(QuorumConfig config, RaftConfig raft) {
    if (raft.start() == RaftConfig.Start.FORCE_NEW) {
      return List.of(listed(config.self(), raft.memberId()));
    }
    boolean among = config.members().stream().anyMatch(member -> member.id() == raft.memberId());
    return among && raft.clusterId() == config.newClusterId()
        ? config.members().stream().map(member -> listed(member, member.id())).toList()
        : List.of();
  }

  private static Member listed(QuorumConfig.Member member, long id) {
    return Member.newBuilder()
        .setId(id)
        .setName(member.name())
        .addAllPeerUrls(member.peerUrls().stream().map(PeerUrl::toString).toList())
        .build();
  }

  /** Asks one of the others who the members are. */
  private static Bootstrap.@Nullable Answer ask(String address, @Nullable PeerTls tls)
      throws InterruptedException {
    try {
      Discovered found = RaftMember.discover(address, tls, DISCOVERY_MAX);
      return new Bootstrap.Answer(found.clusterId(), Members.parseFrom(found.description()));
    } catch (RaftException.NotDiscovered | InvalidProtocolBufferException e) {
      LOG.atDebug()
          .addKeyValue("address", address)
          .addKeyValue("reason", e.getMessage())
          .log("nobody there who says who the members are");
      return null;
    }
  }

  /** The log that the members share. Whoever closes it leaves the quorum until the next start. */
  public QuorumLog log() {
    return log;
  }

  public long memberId() {
    return raft.memberId();
  }

  /**
   * Tells once that this member takes part no more, though nobody closed it. Told by a thread that
   * may not wait.
   *
   * @param removed where the others removed it: the process is to stop
   * @param failed where it cannot go on: the process is to end at once
   */
  public void whenEnded(Runnable removed, Consumer<MemberFailure> failed) {
    var _ =
        log.member()
            .stopped()
            .thenAccept(stop -> {
              switch (stop) {
                case RaftStop.Closed _ -> {}
                case RaftStop.Removed _ -> {
                  LOG.atWarn()
                      .addKeyValue("memberId", Long.toHexString(raft.memberId()))
                      .log(Arrival.removed(raft.folder()));
                  removed.run();
                }
                case RaftStop.Failed(Throwable cause) ->
                    failed.accept(new MemberFailure(raft.folder(), cause));
              }
            });
  }

  /**
   * Has another member lead, if this one does: before it stops, so that nobody waits for an
   * election, and answers what the others have handed to this one. Waits for the one and then for
   * the other, each for at most three election timeouts.
   */
  public void handOver() throws InterruptedException {
    new Handover(log.member(), raft.timing().election(), relay::settled).make();
  }

  /**
   * What concerns the members, made once.
   *
   * @param clientUrls where clients reach this member; asked again and again
   * @param timer a thread that never waits
   */
  public QuorumMembers members(
      Supplier<List<String>> clientUrls, Duration requestTimeout, ScheduledExecutorService timer) {
    QuorumMembers members =
        new QuorumMembers(
            new QuorumMembers.Options(
                raft.memberId(),
                config.name(),
                clientUrls,
                config.strictReconfig(),
                config.learnersMax(),
                config.timing().election(),
                requestTimeout,
                raft.start() == RaftConfig.Start.FORCE_NEW),
            log.member(),
            membership,
            leaders,
            carrier(PeerExchange.Kind.MEMBER_CHANGE),
            timer);
    exchange.handle(PeerExchange.Kind.MEMBER_CHANGE, members::carryOut);
    return members;
  }

  /** From now on commands are handed to whoever leads, and taken from the others by who does. */
  public void serve(Sequencer sequencer, Identity identity, Duration requestTimeout) {
    relay.serve(sequencer, identity, carrier(PeerExchange.Kind.COMMANDS), requestTimeout);
  }

  /** Commands of this member's clients that are with the member that leads, or wait for one. */
  public int handedOver() {
    return relay.open();
  }

  /** Reports what is measured of this member. Once. */
  public void bind(Metrics metrics) {
    new QuorumMetrics(metrics, raft.memberId(), membership, log.member().measures())
        .bind(log.machine());
  }

  private Carrier carrier(PeerExchange.Kind kind) {
    return PeerExchange.calling(kind, new RaftCarrier(log.member()));
  }
}
