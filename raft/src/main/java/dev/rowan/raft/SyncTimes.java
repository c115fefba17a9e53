package dev.rowan.raft;

import org.apache.ratis.protocol.RaftGroupMemberId;

/** Has Ratis tell, from before it opens its log until it is closed, how long the disk took. */
final class SyncTimes implements AutoCloseable {
  private final RaftGroupMemberId member;

  SyncTimes(RaftConfig config, RaftMeasures measures) {
    member =
        RaftGroupMemberId.valueOf(Peers.id(config.memberId()), Peers.group(config.clusterId()));
    NoMetrics.tellSyncs(member, nanos -> measures.observer().synced(nanos));
  }

  @Override
  public void close() {
    NoMetrics.tellSyncs(member, null);
  }
}
