package dev.rowan.raft;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.ratis.RaftConfigKeys;
import org.apache.ratis.conf.RaftProperties;
import org.apache.ratis.server.RaftServerConfigKeys;
import org.apache.ratis.util.SizeInBytes;
import org.apache.ratis.util.TimeDuration;

/** How Ratis is set up, and why. */
final class RatisProperties {
  /** What Ratis puts around a proposal in the log. */
  static final int ENTRY_OVERHEAD_BYTES = 64 << 10;

  private static final int PREALLOCATED_BYTES = 4 << 20;

  private RatisProperties() {}

  private static final int SMALL_SEGMENTS_CACHED = 3;

  static RaftProperties of(RaftConfig config, RaftFolder folder) {
    RaftProperties properties = new RaftProperties();
    RaftConfigKeys.Rpc.setType(properties, new PeerRpcType());
    RaftServerConfigKeys.setStorageDir(properties, List.of(folder.log().toFile()));
    timing(properties, config.timing());
    log(properties, config.limits());
    durability(properties);
    unused(properties);
    return properties;
  }

  private static void timing(RaftProperties properties, RaftConfig.Timing timing) {
    TimeDuration election = time(timing.election());
    TimeDuration longest = time(timing.election().multipliedBy(2));
    RaftServerConfigKeys.Rpc.setTimeoutMin(properties, election);
    RaftServerConfigKeys.Rpc.setTimeoutMax(properties, longest);
    // A member that starts asks for votes early; the pre-vote keeps it from disturbing a leader.
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMin(properties, time(timing.heartbeat()));
    RaftServerConfigKeys.Rpc.setFirstElectionTimeoutMax(
        properties, time(timing.heartbeat().multipliedBy(4)));
    RaftServerConfigKeys.Rpc.setRequestTimeout(properties, longest);
    RaftServerConfigKeys.Rpc.setSleepTime(properties, time(timing.heartbeat()));
    RaftServerConfigKeys.LeaderElection.setPreVote(properties, true);
    // 10 s by default: a leader that lost sight of the others would not stand again for so long.
    RaftServerConfigKeys.LeaderElection.setLeaderStepDownWaitTime(properties, election);
    // By default a process that stood still for 60 s closes its member.
    RaftServerConfigKeys.setCloseThreshold(
        properties, TimeDuration.valueOf(Duration.ofDays(3650).toSeconds(), TimeUnit.SECONDS));
    RaftServerConfigKeys.setStagingTimeout(properties, time(timing.proposal()));
  }

  private static void log(RaftProperties properties, RaftConfig.Limits limits) {
    SizeInBytes entry = SizeInBytes.valueOf(limits.entryBytesMax() + ENTRY_OVERHEAD_BYTES);
    RaftServerConfigKeys.Log.Appender.setBufferByteLimit(properties, entry);
    RaftServerConfigKeys.Log.setWriteBufferSize(
        properties, SizeInBytes.valueOf(entry.getSize() + ENTRY_OVERHEAD_BYTES));
    RaftServerConfigKeys.Log.setSegmentSizeMax(
        properties, SizeInBytes.valueOf(limits.segmentBytes()));
    // fdatasync of a file that grows writes the file system's journal each time.
    RaftServerConfigKeys.Log.setPreallocatedSize(
        properties, SizeInBytes.valueOf(Math.min(PREALLOCATED_BYTES, limits.segmentBytes())));
    // Older ones as long as a member still needs them, and small ones: each election ends one, and
    // to
    // let it go at once may meet a close of the log, which Ratis then never ends.
    RaftServerConfigKeys.Log.setSegmentCacheNumMax(properties, SMALL_SEGMENTS_CACHED);
    RaftServerConfigKeys.Log.setSegmentCacheSizeMax(
        properties, SizeInBytes.valueOf(limits.segmentBytes()));
    // A member that is away doesn't keep the others' logs; it gets a snapshot.
    RaftServerConfigKeys.Log.setPurgeUptoSnapshotIndex(properties, true);
    RaftServerConfigKeys.Log.setPurgePreservationLogNum(properties, limits.catchUpEntries());
    RaftServerConfigKeys.Log.setPurgeGap(properties, 1);
    RaftServerConfigKeys.Snapshot.setAutoTriggerEnabled(properties, true);
    RaftServerConfigKeys.Snapshot.setAutoTriggerThreshold(properties, limits.snapshotEntries());
    RaftServerConfigKeys.Snapshot.setTriggerWhenStopEnabled(properties, false);
    // The follower fetches a file over our own connection instead.
    RaftServerConfigKeys.Log.Appender.setInstallSnapshotEnabled(properties, false);
    // Intake bounds what is pending. Ratis' own limit counts each entry as a megabyte.
    RaftServerConfigKeys.Write.setElementLimit(properties, Integer.MAX_VALUE);
    RaftServerConfigKeys.Write.setByteLimit(properties, SizeInBytes.valueOf("1024GB"));
  }

  /** Said although most are the defaults: an acknowledged entry rests on each. */
  private static void durability(RaftProperties properties) {
    RaftServerConfigKeys.Log.setUseMemory(properties, false);
    RaftServerConfigKeys.Log.setUnsafeFlushEnabled(properties, false);
    RaftServerConfigKeys.Log.setAsyncFlushEnabled(properties, false);
    RaftServerConfigKeys.Log.setForceSyncNum(properties, 1024);
    RaftServerConfigKeys.Log.StateMachineData.setSync(properties, true);
    RaftServerConfigKeys.Log.setCorruptionPolicy(
        properties, RaftServerConfigKeys.Log.CorruptionPolicy.EXCEPTION);
  }

  private static void unused(RaftProperties properties) {
    // An entry and an fsync of its own behind each commit.
    RaftServerConfigKeys.Log.setLogMetadataEnabled(properties, false);
    // For several appends at a time; the Appender sends one. It costs two changes of thread.
    RaftServerConfigKeys.Log.setAppendEntriesComposeEnabled(properties, false);
    // What a client might send again; nothing is sent again here.
    RaftServerConfigKeys.RetryCache.setExpiryTime(properties, TimeDuration.ONE_SECOND);
    RaftServerConfigKeys.Read.ReadAfterWriteConsistent.setWriteIndexCacheExpiryTime(
        properties, TimeDuration.ONE_SECOND);
  }

  private static TimeDuration time(Duration duration) {
    return TimeDuration.valueOf(duration.toMillis(), TimeUnit.MILLISECONDS);
  }
}
