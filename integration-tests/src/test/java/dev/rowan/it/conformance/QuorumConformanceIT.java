package dev.rowan.it.conformance;

import dev.rowan.it.Etcd;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.cases.AlarmCases;
import dev.rowan.it.cases.ClusterCases;
import dev.rowan.it.cases.ElectionCases;
import dev.rowan.it.cases.LeaseCases;
import dev.rowan.it.cases.LockCases;
import dev.rowan.it.cases.MaintenanceCases;
import dev.rowan.it.cases.StoreCases;
import dev.rowan.it.cases.TxnCases;
import dev.rowan.it.cases.WatchCases;
import dev.rowan.it.cases.WatchHistoryCases;
import dev.rowan.it.cases.WriteCases;
import java.util.List;

/**
 * A follower of a quorum of three, compared with a follower of three members of etcd: the cases
 * that depend on the quorum most; all of them with {@code -Drowan.quorum.all=true}.
 */
final class QuorumConformanceIT extends ConformanceContract {
  private static final boolean ALL = Boolean.getBoolean("rowan.quorum.all");
  private static final int MEMBERS = 3;

  /** Which of several members of etcd raises an alarm, or how many do, is a matter of chance. */
  @Override
  protected Server startOracle(String... flags) {
    return List.of(flags).contains(SMALL_QUOTA)
        ? Etcd.start(flags)
        : Server.follower(Etcd.quorum(MEMBERS, flags));
  }

  @Override
  protected Server startSubject(String... flags) {
    return Server.follower(Rowan.quorum(MEMBERS, flags));
  }

  @Override
  protected List<List<Case>> shared() {
    return ALL
        ? ofAnyCluster()
        : List.of(
            StoreCases.cases(),
            WriteCases.cases(),
            TxnCases.cases(),
            WatchCases.cases(),
            WatchHistoryCases.cases(),
            LeaseCases.cases(),
            LockCases.cases(),
            ElectionCases.cases(),
            ClusterCases.cases(),
            AlarmCases.cases(),
            MaintenanceCases.cases());
  }

  @Override
  protected boolean withFreshStores() {
    return ALL;
  }
}
