package dev.rowan;

import dev.rowan.ServerConfig.Addresses;
import dev.rowan.ServerConfig.Limits;
import dev.rowan.ServerConfig.Timing;
import dev.rowan.dialects.Endpoint;
import dev.rowan.quorum.MemberIds;
import dev.rowan.quorum.PeerUrl;
import dev.rowan.quorum.QuorumConfig;
import dev.rowan.quorum.QuorumConfig.Member;
import dev.rowan.quorum.QuorumConfig.Start;
import dev.rowan.quorum.SeededMember;
import dev.rowan.raft.RaftConfig;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Turns the flags of a quorum's member into a {@link QuorumConfig}: what contradicts what. */
final class QuorumOptions {
  private static final int MIB = 1 << 20;

  /**
   * Bytes of an entry beside those for requests: each member has as much memory set aside to write
   * one. Half of an entry holds a batch; what is more goes into further entries.
   */
  private static final int ENTRY_BYTES_BASE = 2 * MIB;

  /** One in either half of an entry. */
  private static final int REQUESTS_PER_ENTRY = 2;

  /** The largest --max-request-bytes of a member: each waits in memory on each member. */
  private static final int REQUEST_BYTES_MAX = 64 * MIB;

  /** Entries that wait for the others, in bytes; at least two. */
  private static final long WAITING_BYTES_MAX = 64L * MIB;

  private final Flags flags;
  private final Given cluster;

  private QuorumOptions(Flags flags, Given cluster) {
    this.flags = flags;
    this.cluster = cluster;
  }

  /**
   * Reads the flags.
   *
   * @return null if there is no --initial-cluster
   * @throws UsageException if what is given is not of use without it, among others
   */
  static @Nullable QuorumConfig read(
      Flags flags, Endpoint endpoint, Addresses addresses, Limits limits, Timing timing)
      throws UsageException {
    Given cluster = flags.given(Flag.INITIAL_CLUSTER);
    if (cluster == null || cluster.value().isEmpty()) {
      checkAlone(flags, endpoint);
      return null;
    }
    return new QuorumOptions(flags, cluster).config(endpoint, addresses, limits, timing);
  }

  /**
   * Reads the flags for a member that is to begin its quorum with a snapshot.
   *
   * @return null if there is no --initial-cluster
   * @throws UsageException likewise
   */
  static @Nullable SeededMember seeded(Flags flags, Endpoint endpoint) throws UsageException {
    Given cluster = flags.given(Flag.INITIAL_CLUSTER);
    if (cluster == null || cluster.value().isEmpty()) {
      checkAlone(flags, endpoint);
      return null;
    }
    if (!(endpoint instanceof Endpoint.Sqlite sqlite)) {
      throw notPeers(flags, cluster);
    }
    QuorumOptions options = new QuorumOptions(flags, cluster);
    List<Member> members = options.members();
    options.checkAdvertised(options.self(members));
    long clusterId = MemberIds.cluster(members.stream().map(Member::id).toList());
    return new SeededMember(sqlite.file(), folder(sqlite), clusterId);
  }

  private static void checkAlone(Flags flags, Endpoint endpoint) throws UsageException {
    for (Flag flag : Flag.values()) {
      Given given = flags.given(flag);
      if (given != null && flag.standing == Flag.Standing.QUORUM && !given.changesNothing()) {
        throw endpoint instanceof Endpoint.Sqlite
            ? new UsageException(
                given.label() + " needs --initial-cluster: it is for members of a quorum")
            : notPeers(flags, given);
      }
    }
    if (endpoint instanceof Endpoint.Sqlite sqlite && Files.exists(folder(sqlite))) {
      throw new UsageException(
          "--initial-cluster is missing: "
              + folder(sqlite)
              + " is of a quorum's member, whose data cannot be served alone");
    }
  }

  private static UsageException notPeers(Flags flags, Given given) {
    return new UsageException(
        given.label()
            + " contradicts "
            + flags.value(Flag.ENDPOINT).label()
            + ": instances over a database are not peers");
  }

  private static Path folder(Endpoint.Sqlite sqlite) {
    return directory(sqlite).resolve(QuorumConfig.FOLDER);
  }

  private static Path directory(Endpoint.Sqlite sqlite) {
    Path file = sqlite.file().toAbsolutePath();
    Path parent = file.getParent();
    return parent == null ? file : parent;
  }

  private QuorumConfig config(Endpoint endpoint, Addresses addresses, Limits limits, Timing timing)
      throws UsageException {
    if (!(endpoint instanceof Endpoint.Sqlite sqlite)) {
      throw notPeers(flags, cluster);
    }
    if (flags.isTrue(Flag.UNSAFE_NO_FSYNC)) {
      throw new UsageException(
          flags.value(Flag.UNSAFE_NO_FSYNC).label()
              + " contradicts "
              + cluster.label()
              + ": members of a quorum always wait for the disk");
    }
    Start start = start();
    List<Member> members = members();
    Member self = self(members);
    if (start == Start.NEW) {
      checkAdvertised(self);
    }
    PeerUrl listen = listen(addresses);
    checkSchemes(members, listen);
    return new QuorumConfig(
        self.name(),
        members,
        start,
        listen,
        folder(sqlite),
        new RaftConfig.Timing(
            timing.heartbeatInterval(), timing.electionTimeout(), timing.requestTimeout()),
        raftLimits(limits),
        flags.isTrue(Flag.STRICT_RECONFIG_CHECK),
        number(Flag.MAX_LEARNERS),
        PeerTlsOptions.read(flags, listen, self.peerUrls(), directory(sqlite)));
  }

  private Start start() throws UsageException {
    Given state = flags.value(Flag.INITIAL_CLUSTER_STATE);
    boolean joins = state.value().equals("existing");
    if (!joins && !state.value().equals("new")) {
      throw state.malformed();
    }
    if (flags.isTrue(Flag.FORCE_NEW_CLUSTER)) {
      return Start.FORCE_NEW;
    }
    return joins ? Start.JOIN : Start.NEW;
  }

  /** The members by their ids; of one that is named several times, all the URLs. */
  private List<Member> members() throws UsageException {
    Map<String, List<PeerUrl>> urls = new TreeMap<>();
    for (String part : cluster.value().split(",", -1)) {
      String member = part.strip();
      int equals = member.indexOf('=');
      if (!member.isEmpty()) {
        if (equals < 1) {
          throw cluster.malformed();
        }
        urls.computeIfAbsent(member.substring(0, equals), name -> new ArrayList<>())
            .add(url(cluster, member.substring(equals + 1)));
      }
    }
    String token = flags.value(Flag.INITIAL_CLUSTER_TOKEN).value();
    List<Member> members = new ArrayList<>();
    urls.forEach((name, own) -> {
      own.sort(Comparator.comparing(PeerUrl::toString));
      long id = MemberIds.first(own.stream().map(PeerUrl::toString).toList(), token);
      members.add(new Member(id, name, own));
    });
    checkDuplicates(members);
    members.sort((one, other) -> Long.compareUnsigned(one.id(), other.id()));
    return members;
  }

  private void checkDuplicates(List<Member> members) throws UsageException {
    Set<String> addresses = new HashSet<>();
    for (Member member : members) {
      for (PeerUrl url : member.peerUrls()) {
        if (!addresses.add(url.address())) {
          throw new UsageException(
              cluster.label() + ": initial cluster " + text(members) + " has duplicate url");
        }
      }
      if (member.peerUrls().size() > 1) {
        flags.note(
            "member "
                + member.name()
                + " has several peer URLs, of which "
                + member.peerUrls().getFirst()
                + " is used",
            cluster);
      }
    }
  }

  private static String text(List<Member> members) {
    return members.stream()
        .flatMap(member -> member.peerUrls().stream().map(url -> member.name() + "=" + url))
        .sorted()
        .collect(Collectors.joining(","));
  }

  private Member self(List<Member> members) throws UsageException {
    Given name = flags.value(Flag.NAME);
    for (Member member : members) {
      if (member.name().equals(name.value())) {
        return member;
      }
    }
    throw new UsageException(
        "%s: couldn't find local name \"%s\" in the initial cluster configuration (%s)"
            .formatted(name.label(), name.value(), cluster.label()));
  }

  private void checkAdvertised(Member self) throws UsageException {
    Given given = flags.given(Flag.INITIAL_ADVERTISE_PEER_URLS);
    if (given == null || given.value().isEmpty()) {
      return;
    }
    List<PeerUrl> advertised = new ArrayList<>();
    for (String part : given.value().split(",", -1)) {
      advertised.add(url(given, part));
    }
    for (PeerUrl url : self.peerUrls()) {
      if (!advertised.contains(url)) {
        throw new UsageException(
            "%s has %s=%s but missing from %s=%s"
                .formatted(cluster.label(), self.name(), url, given.label(), given.value()));
      }
    }
    for (PeerUrl url : advertised) {
      if (!self.peerUrls().contains(url)) {
        throw new UsageException(
            "%s has %s but missing from %s=%s"
                .formatted(given.label(), url, cluster.label(), text(List.of(self))));
      }
    }
  }

  private PeerUrl listen(Addresses addresses) throws UsageException {
    Given given = flags.value(Flag.LISTEN_PEER_URLS);
    PeerUrl listen;
    try {
      listen = PeerUrl.parse(given.value());
    } catch (IllegalArgumentException e) {
      throw given.malformed();
    }
    for (URI client : addresses.listen()) {
      if (listen.port() != 0
          && client.getPort() == listen.port()
          && listen.host().equals(client.getHost())) {
        throw new UsageException(
            given.label()
                + " contradicts "
                + flags.value(Flag.LISTEN_CLIENT_URLS).label()
                + ": both name "
                + listen.address());
      }
    }
    return listen;
  }

  /** All members talk to each other in one way. */
  private void checkSchemes(List<Member> members, PeerUrl listen) throws UsageException {
    for (Member member : members) {
      PeerUrl dialled = member.peerUrls().getFirst();
      if (dialled.secure() != listen.secure()) {
        throw new UsageException(
            "%s has %s=%s but %s has %s: all of them are https, or none"
                .formatted(
                    cluster.label(),
                    member.name(),
                    dialled,
                    flags.value(Flag.LISTEN_PEER_URLS).label(),
                    listen));
      }
    }
  }

  private static PeerUrl url(Given given, String text) throws UsageException {
    try {
      PeerUrl url = PeerUrl.parse(text);
      if (url.port() > 0) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      throw new UsageException(given.label() + ": " + e.getMessage());
    }
    throw given.malformed();
  }

  private RaftConfig.Limits raftLimits(Limits limits) throws UsageException {
    if (limits.requestBytesMax() > REQUEST_BYTES_MAX) {
      throw new UsageException(
          "%s must be at most %d with %s"
              .formatted(
                  flags.value(Flag.MAX_REQUEST_BYTES).label(), REQUEST_BYTES_MAX, cluster.label()));
    }
    int entry = ENTRY_BYTES_BASE + REQUESTS_PER_ENTRY * limits.requestBytesMax();
    int count = number(Flag.SNAPSHOT_COUNT);
    return new RaftConfig.Limits(
        entry,
        RaftConfig.Limits.DEFAULT.waitingMax(),
        Math.max(WAITING_BYTES_MAX, 2L * entry),
        count == 0 ? RaftConfig.Limits.DEFAULT.snapshotEntries() : count,
        number(Flag.SNAPSHOT_CATCHUP_ENTRIES),
        RaftConfig.Limits.DEFAULT.segmentBytes());
  }

  /** More than an int holds stands for as much as it does. */
  private int number(Flag flag) throws UsageException {
    Given value = flags.value(flag);
    try {
      long number = Long.parseLong(value.value());
      if (number >= 0) {
        return (int) Math.min(Integer.MAX_VALUE, number);
      }
    } catch (NumberFormatException e) {
      // Refused below, as a negative one.
    }
    throw value.malformed();
  }
}
