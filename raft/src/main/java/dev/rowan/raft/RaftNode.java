package dev.rowan.raft;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.conf.Parameters;
import org.apache.ratis.protocol.RaftClientAsynchronousProtocol;
import org.apache.ratis.protocol.RaftGroup;
import org.apache.ratis.protocol.RaftPeer;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.storage.RaftStorage;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The parts of a member, put together around Ratis. Any thread. */
final class RaftNode implements Applier.Events, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RaftNode.class);

  /** What Ratis puts around the entries of an append. */
  private static final int FRAME_OVERHEAD_BYTES = 1 << 20;

  private final RaftConfig config;
  private final LeadershipListener listener;
  private final PeerThreads threads;
  private final RaftMeasures measures = new RaftMeasures();
  private final PeerLinks links;
  private final PeerServer peerServer;
  private final PeerRpc rpc;
  private final SnapshotFiles snapshots;
  private final Applier applier;
  private final RaftServer server;
  private final RatisServer ratis;
  private final Leadership leadership;
  private final Proposals proposals;
  private final ReadIndex reads;
  private final MemberCalls calls;
  private final MemberChanges changes;
  private final LeaderLoss loss;
  private final CompletableFuture<RaftStop> stopped = new CompletableFuture<>();

  /** Everything to close, the last opened first. */
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();

  private volatile @Nullable MemberService service;
  private volatile @Nullable Throwable failure;
  private volatile boolean closing;

  /** The timer's: what the listener was told. */
  private long toldTerm = -1;

  private long toldLeader;

  /** The timer's: when the others were asked whether this is a member still. */
  private long askedNanos = System.nanoTime();

  /** The timer's: who waits to be added is no member yet, and isn't removed. */
  private boolean wasMember;

  static RaftNode open(
      RaftConfig config,
      RaftStateMachine machine,
      LeadershipListener listener,
      PeerCalls application)
      throws RaftException {
    try {
      return new RaftNode(config, machine, listener, application);
    } catch (IOException | RuntimeException e) {
      throw new RaftException.NotStarted(config.folder() + ": " + e, e);
    }
  }

  private RaftNode(
      RaftConfig config,
      RaftStateMachine machine,
      LeadershipListener listener,
      PeerCalls application)
      throws RaftException, IOException {
    this.config = config;
    this.listener = listener;
    int frameBytesMax =
        config.limits().entryBytesMax()
            + RatisProperties.ENTRY_OVERHEAD_BYTES
            + FRAME_OVERHEAD_BYTES;
    threads = part(PeerThreads.open());
    boolean opened = false;
    try {
      peerServer = part(listen(frameBytesMax));
      RaftFolder folder = new RaftFolder(config);
      LogPosition applied = folder.prepare(machine);
      links = part(new PeerLinks(config, frameBytesMax, threads, measures, this::refused));
      rpc = new PeerRpc(config, links, peerServer.address());
      snapshots = part(new SnapshotFiles(machine, folder.snapshots(), links, threads, measures));
      applier = new Applier(machine, applied, this);
      part(new SyncTimes(config, measures));
      server = ratis(folder);
      RaftServer.Division division = server.getDivision(Peers.group(config.clusterId()));
      leadership = new Leadership(division, config.memberId());
      Intake intake = new Intake(config, leadership, (RaftClientAsynchronousProtocol) division);
      proposals =
          new Proposals(
              ThreadLocalRandom.current().nextLong(),
              applied,
              config,
              leadership,
              new Streams(intake, links, this::refused, config.memberId()),
              threads.sender().uncaughtExceptionHandler((thread, thrown) -> failed(thrown)));
      calls = part(new MemberCalls(config, links));
      reads = part(new ReadIndex(config, leadership, links, threads, measures));
      changes = new MemberChanges(config, leadership, server, division, links, threads);
      loss = new LeaderLoss(config, leadership, links, threads, division, measures);
      ratis = part(new RatisServer(server));
      part(proposals);
      start(folder);
      // Not before: Ratis takes notices of snapshots while it starts, and then fails to start.
      service =
          new MemberService(
              division,
              leadership,
              intake,
              reads,
              changes,
              snapshots,
              loss,
              application,
              config.clusterId());
      opened = true;
    } finally {
      if (!opened) {
        closeParts();
      }
    }
  }

  private <T extends AutoCloseable> T part(T opened) {
    parts.push(opened);
    return opened;
  }

  private PeerServer listen(int frameBytesMax) throws RaftException {
    try {
      return new PeerServer(config, frameBytesMax, threads, measures, this::serve);
    } catch (IOException e) {
      throw new RaftException.AddressUnusable(
          "members cannot be listened for at " + config.listen() + ": " + e.getMessage(), e);
    }
  }

  private @Nullable CompletableFuture<Payload> serve(
      byte kind, long from, ByteBuf body, PeerService.Refusal refusal) throws IOException {
    return running(service).call(kind, from, body, refusal);
  }

  static PeerService running(@Nullable PeerService service) throws PeerError {
    if (service == null) {
      throw new PeerError(PeerError.Code.NOT_LEADER, "the member is starting");
    }
    return service;
  }

  private RaftServer ratis(RaftFolder folder) throws IOException {
    // Who joins begins as a learner, whatever it is to be: Ratis lets a learner become a voter, but
    // a voter in no set of members that has not heard of a leader for a while shuts itself down.
    Peer alone = new Peer(config.memberId(), Peers.text(peerServer.address()), Peer.Role.LEARNER);
    List<Peer> first = config.start() == RaftConfig.Start.NEW ? config.peers() : List.of(alone);
    List<RaftPeer> peers = first.stream().map(peer -> Peers.of(peer, 0)).toList();
    Parameters parameters = new Parameters();
    parameters.put(PeerRpcType.FACTORY, rpc, PeerRpc.class);
    return RaftServer.newBuilder()
        .setServerId(Peers.id(config.memberId()))
        .setGroup(RaftGroup.valueOf(Peers.group(config.clusterId()), peers))
        .setOption(RaftStorage.StartupOption.RECOVER)
        .setStateMachine(applier)
        .setProperties(RatisProperties.of(config, folder))
        .setParameters(parameters)
        .build();
  }

  private void start(RaftFolder folder) throws RaftException, IOException {
    try {
      server.start();
    } catch (IOException | RuntimeException e) {
      RaftException.DamagedLog damage = folder.damage();
      if (damage != null) {
        damage.initCause(e);
        throw damage;
      }
      throw e;
    }
    folder.begun();
    proposals.start();
    long period = config.timing().heartbeat().toMillis();
    var _ =
        threads.timer().scheduleWithFixedDelay(this::look, period, period, TimeUnit.MILLISECONDS);
    new PeerPings(config, leadership, links, measures).start(threads.timer());
  }

  private void refused(long stream) {
    proposals.broken(stream);
  }

  /** Now and then, on the timer: what nobody tells. */
  private void look() {
    try {
      proposals.expire();
      snapshots.expire();
      tellLeadership();
      if (!closing && (rpc.removed() || failure != null || !leadership.alive())) {
        stop();
      } else if (!closing) {
        askWhetherMember();
        loss.look();
      }
    } catch (RuntimeException e) {
      LOG.error("the member's timer failed", e);
    } catch (Error e) {
      failed(e);
    }
  }

  private void tellLeadership() {
    long leader = leadership.leaderId();
    long term = leadership.term();
    if (leader != toldLeader || term != toldTerm) {
      toldLeader = leader;
      toldTerm = term;
      proposals.wake();
      listener.changed(term, leader);
    }
  }

  /**
   * Whoever is removed isn't sent that any more. Ratis has a voter find out when it stands for
   * election, a learner never.
   */
  private void askWhetherMember() {
    MemberService running = service;
    wasMember |= leadership.member() && !leadership.others().isEmpty();
    long now = System.nanoTime();
    long election = config.timing().election().toNanos();
    if (running == null
        || leadership.leads()
        || now - running.heardNanos() < 2 * election
        || now - askedNanos < election
        || !wasMember) {
      return;
    }
    askedNanos = now;
    for (long other : leadership.others()) {
      var _ =
          links
              .call(
                  other, Frame.MEMBER, Payload.EMPTY, config.timing().election(), ByteBuf::readLong)
              .thenAccept(removed -> {
                if (removed == 1) {
                  rpc.markRemoved();
                }
              });
    }
  }

  private void stop() {
    if (stopped.isDone()) {
      return;
    }
    proposals.close();
    reads.close();
    calls.close();
    // After its log failed Ratis would go on as a leader that can commit nothing.
    threads.transfers().execute(ratis::close);
    Throwable cause = failure;
    boolean member = leadership.peers().stream().anyMatch(peer -> peer.id() == config.memberId());
    if (cause == null && (rpc.removed() || !member)) {
      stopped.complete(new RaftStop.Removed());
    } else {
      stopped.complete(
          new RaftStop.Failed(
              cause != null ? cause : new IllegalStateException("Ratis closed the member")));
    }
  }

  @Override
  public void applied(LogPosition position, @Nullable EntryHeader header) {
    proposals.applied(position, header);
  }

  @Override
  public void installed(LogPosition position) {
    proposals.installed(position);
  }

  @Override
  public void leaderChanged() {
    threads.timer().execute(this::look);
  }

  @Override
  public CompletableFuture<ReceivedState> fetch() {
    long leader = leadership.leaderId();
    if (leader == 0) {
      return CompletableFuture.failedFuture(new IllegalStateException("no leader is known"));
    }
    return snapshots.fetch(leader);
  }

  @Override
  public void failed(Throwable cause) {
    if (failure == null) {
      failure = cause;
      LOG.error("the member cannot go on", cause);
    }
  }

  InetSocketAddress address() {
    return peerServer.address();
  }

  Proposals proposals() {
    return proposals;
  }

  ReadIndex reads() {
    return reads;
  }

  MemberCalls calls() {
    return calls;
  }

  MemberChanges changes() {
    return changes;
  }

  Leadership leadership() {
    return leadership;
  }

  CompletableFuture<RaftStop> stopped() {
    return stopped;
  }

  RaftMeasures measures() {
    return measures;
  }

  RaftStatus status() {
    return new RaftStatus(
        leadership.term(),
        leadership.leaderId(),
        leadership.leads() && !stopped.isDone(),
        leadership.learner(),
        leadership.commitIndex(),
        leadership.lastIndex(),
        applier.applied().index());
  }

  List<PeerProgress> progress() {
    return leadership.leads() ? rpc.progress(leadership.peers()) : List.of();
  }

  @Override
  public void close() {
    closing = true;
    closeParts();
    stopped.complete(new RaftStop.Closed());
  }

  private void closeParts() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        LOG.warn("a part of the member doesn't close: {}", e.toString());
      }
    }
  }
}
