package dev.rowan.raft;

import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.ratis.proto.RaftProtos.LogEntryProto;
import org.apache.ratis.proto.RaftProtos.RaftConfigurationProto;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A member's folder: whose it is, and whether Ratis can go on with what is in it. Used while Ratis
 * doesn't run.
 *
 * <pre>
 * member             cluster, member, and whether a log was begun: without it, a lost log would be begun anew
 * snapshots/         files on their way to or from other members; emptied at each start, after a
 *                    state that was received is taken over
 * log/UUID/current/  Ratis': log_S-E and log_inprogress_S, raft-meta (term and vote), raft-meta.conf
 * </pre>
 */
final class RaftFolder {
  private static final Logger LOG = LoggerFactory.getLogger(RaftFolder.class);

  /** The file that says whose the folder is. */
  static final String IDENTITY = "member";

  static final String CLUSTER = "cluster";
  static final String MEMBER = "member";
  private static final String BEGUN = "begun";
  private static final String TERM = "term";

  private final RaftConfig config;
  private final Path identity;
  private final Path log;
  private final Path current;

  RaftFolder(RaftConfig config) {
    this.config = config;
    identity = config.folder().resolve(IDENTITY);
    log = config.folder().resolve("log");
    current = log.resolve(Peers.group(config.clusterId()).getUuid().toString()).resolve("current");
  }

  /** Where Ratis keeps its log. */
  Path log() {
    return log;
  }

  Path snapshots() {
    return snapshots(config.folder());
  }

  static Path snapshots(Path folder) {
    return folder.resolve("snapshots");
  }

  /**
   * Makes the folder ready for Ratis: checks whose it is, has the state machine take over what was
   * received for it, cuts off a torn end of the log.
   *
   * @return where the state is
   */
  LogPosition prepare(RaftStateMachine machine) throws RaftException, IOException {
    Files.createDirectories(log);
    boolean begun = checkIdentity();
    LogPosition applied = settled(machine);
    DurableFiles.clear(snapshots());
    if (Files.exists(current.resolve("raft-meta"))) {
      checkMeta();
      List<SegmentFile> segments = segments();
      checkNames(segments, applied);
      long end = repair(segments);
      if (end < applied.index()) {
        // The state was ahead of this member's own disk: others had the entries. Ratis keeps the
        // open file in this case, and then fails to append to it.
        for (SegmentFile segment : segments) {
          Files.deleteIfExists(segment.path());
        }
        DurableFiles.syncFolder(current);
      }
      if (config.start() == RaftConfig.Start.FORCE_NEW) {
        forceAlone(Math.max(end, applied.index()));
      }
    } else if (begun) {
      throw new RaftException.DamagedLog(
          current, "the log of member %016x is missing".formatted(config.memberId()));
    } else if (applied.term() > 0) {
      throw new RaftException.DamagedLog(
          current,
          "the log of member %016x is missing, though its state is at entry %d"
              .formatted(config.memberId(), applied.index()));
    } else if (config.start() == RaftConfig.Start.FORCE_NEW) {
      throw new RaftException.WrongFolder(
          config.folder() + ": there is no log to go on with as the only member");
    }
    return applied;
  }

  /** The end may have come when Ratis had cut the log, and the state machine had nothing yet. */
  private LogPosition settled(RaftStateMachine machine) throws RaftException, IOException {
    LogPosition applied = machine.applied();
    ReceivedState received = ReceivedState.latest(snapshots()).orElse(null);
    if (received == null || received.position().index() <= applied.index()) {
      return applied;
    }
    try {
      machine.install(received.file(), received.position());
    } catch (IOException e) {
      return without(received, machine, e);
    }
    deleteThrough(received.position().index());
    return received.position();
  }

  /** A state that cannot be taken over isn't missed where the log has what comes after the own. */
  private LogPosition without(ReceivedState received, RaftStateMachine machine, IOException why)
      throws RaftException, IOException {
    LogPosition applied = machine.applied();
    try {
      checkNames(Files.isDirectory(current) ? segments() : List.of(), applied);
    } catch (RaftException.DamagedLog gap) {
      RaftException.DamagedLog damaged =
          new RaftException.DamagedLog(
              received.file(), "it cannot be taken over: " + why.getMessage());
      damaged.initCause(why);
      throw damaged;
    }
    LOG.atWarn()
        .addKeyValue("file", received.file())
        .addKeyValue("error", why.getMessage())
        .log("a received state cannot be taken over; another is asked for if one is needed");
    return applied;
  }

  /**
   * Deletes what the state stands for, as Ratis had begun to: else there may be a gap behind it.
   */
  private void deleteThrough(long index) throws IOException {
    if (Files.isDirectory(current)) {
      for (SegmentFile segment : segments()) {
        if (!segment.open() && segment.last() <= index) {
          Files.deleteIfExists(segment.path());
        }
      }
      DurableFiles.syncFolder(current);
    }
  }

  /** From now on a missing log is an error. */
  void begun() throws IOException {
    if (!Boolean.parseBoolean(properties(identity).getProperty(BEGUN))) {
      DurableFiles.syncFolder(current);
      DurableFiles.syncFolder(current.resolve(".."));
      DurableFiles.syncFolder(log);
      writeIdentity(true);
    }
  }

  /**
   * Which file keeps Ratis from starting.
   *
   * @return null if it is none of the log's
   */
  RaftException.@Nullable DamagedLog damage() throws IOException {
    for (SegmentFile segment : segments()) {
      SegmentFile.Content content = segment.read();
      boolean short_ = !segment.open() && content.entries() != segment.last() - segment.first() + 1;
      if (content.damage() != null || short_) {
        return new RaftException.DamagedLog(
            segment.path(), "it is damaged at byte " + content.bytes());
      }
    }
    return null;
  }

  private boolean checkIdentity() throws RaftException, IOException {
    if (!Files.exists(identity)) {
      try (Stream<Path> found = Files.list(log)) {
        if (found.findAny().isPresent()) {
          throw new RaftException.WrongFolder(
              config.folder() + ": there is a log, but the file " + identity + " is missing");
        }
      }
      writeIdentity(false);
      return false;
    }
    Properties known = properties(identity);
    String cluster = hex(config.clusterId());
    String member = hex(config.memberId());
    if (!cluster.equals(known.getProperty(CLUSTER)) || !member.equals(known.getProperty(MEMBER))) {
      throw new RaftException.WrongFolder(
          config.folder()
              + ": it belongs to member "
              + known.getProperty(MEMBER)
              + " of cluster "
              + known.getProperty(CLUSTER)
              + ", not to member "
              + member
              + " of cluster "
              + cluster);
    }
    return Boolean.parseBoolean(known.getProperty(BEGUN));
  }

  private void writeIdentity(boolean begun) throws IOException {
    Properties properties = new Properties();
    properties.setProperty(CLUSTER, hex(config.clusterId()));
    properties.setProperty(MEMBER, hex(config.memberId()));
    properties.setProperty(BEGUN, Boolean.toString(begun));
    write(identity, properties);
  }

  private static void write(Path file, Properties properties) throws IOException {
    StringWriter text = new StringWriter();
    properties.store(text, null);
    DurableFiles.write(file, ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8)));
  }

  static Properties properties(Path file) throws IOException {
    Properties properties = new Properties();
    try (InputStream in = Files.newInputStream(file)) {
      properties.load(in);
    }
    return properties;
  }

  private static String hex(long id) {
    return String.format(Locale.ROOT, "%016x", id);
  }

  /** Ratis would go on with the first members if it couldn't read the newest. */
  private void checkMeta() throws RaftException, IOException {
    Path meta = current.resolve("raft-meta");
    String term = properties(meta).getProperty(TERM, "");
    if (!term.matches("\\d{1,18}")) {
      throw new RaftException.DamagedLog(meta, "no term is in it");
    }
    Path members = current.resolve("raft-meta.conf");
    if (Files.exists(members)) {
      try {
        if (!LogEntryProto.parseFrom(Files.readAllBytes(members)).hasConfigurationEntry()) {
          throw new RaftException.DamagedLog(members, "no members are in it");
        }
      } catch (org.apache.ratis.thirdparty.com.google.protobuf.InvalidProtocolBufferException e) {
        throw new RaftException.DamagedLog(members, "no members are in it");
      }
    }
  }

  private List<SegmentFile> segments() throws IOException {
    List<SegmentFile> segments = new ArrayList<>();
    try (Stream<Path> files = Files.list(current)) {
      for (Path file : files.toList()) {
        SegmentFile segment = SegmentFile.of(file);
        if (segment != null) {
          segments.add(segment);
        }
      }
    }
    segments.sort(Comparator.comparingLong(SegmentFile::first));
    return segments;
  }

  /** Ratis would wait without end for what isn't there. */
  private void checkNames(List<SegmentFile> segments, LogPosition applied) throws RaftException {
    long next = Math.max(0, applied.index() + 1);
    boolean first = true;
    for (SegmentFile segment : segments) {
      if (first ? segment.first() > next : segment.first() != next) {
        throw new RaftException.DamagedLog(
            segment.path(),
            "entries from %d on are missing before it, and the state is at %d"
                .formatted(next, applied.index()));
      }
      first = false;
      next = segment.last() + 1;
    }
  }

  /** Returns the index of the last entry, -1 if there is none. */
  private static long repair(List<SegmentFile> segments) throws RaftException, IOException {
    if (segments.isEmpty()) {
      return -1;
    }
    SegmentFile newest = segments.getLast();
    if (!newest.open()) {
      return newest.last();
    }
    SegmentFile.Content content = newest.read();
    if (content.damage() == SegmentFile.Damage.BROKEN) {
      throw new RaftException.DamagedLog(newest.path(), "it is damaged at byte " + content.bytes());
    }
    if (content.damage() == SegmentFile.Damage.TORN) {
      newest.cut(content.bytes());
    }
    LogEntryProto last = content.lastEntry();
    return last == null ? newest.first() - 1 : last.getIndex();
  }

  /** Adds the entry that makes this member the only one, in a term that none else knows. */
  private void forceAlone(long lastIndex) throws RaftException, IOException {
    Path meta = current.resolve("raft-meta");
    Properties known = properties(meta);
    long term = Long.parseLong(known.getProperty(TERM)) + 1;
    for (SegmentFile segment : segments()) {
      if (segment.open()) {
        segment.finish(segment.read());
      }
    }
    known.setProperty(TERM, Long.toString(term));
    known.setProperty("votedFor", Peers.id(config.memberId()).toString());
    write(meta, known);
    Peer self = self();
    SegmentFile.write(
        current,
        LogEntryProto.newBuilder()
            .setTerm(term)
            .setIndex(lastIndex + 1)
            .setConfigurationEntry(
                RaftConfigurationProto.newBuilder().addPeers(Peers.of(self, 0).getRaftPeerProto()))
            .build());
  }

  private Peer self() throws RaftException {
    return config.peers().stream()
        .filter(peer -> peer.id() == config.memberId())
        .findFirst()
        .orElseThrow(() ->
            new RaftException.WrongFolder(
                config.folder() + ": the peers must name this member's address"));
  }
}
