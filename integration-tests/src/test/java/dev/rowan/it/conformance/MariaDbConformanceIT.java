package dev.rowan.it.conformance;

import dev.rowan.it.MariaDbServer;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.cases.LeaseCases;
import dev.rowan.it.cases.StoreCases;
import dev.rowan.it.cases.TxnCases;
import dev.rowan.it.cases.WatchCases;
import dev.rowan.it.cases.WatchHistoryCases;
import dev.rowan.it.cases.WriteCases;
import java.util.List;

/**
 * Rowan over MariaDB: the cases that depend on the database most; all of them with {@code
 * -Drowan.mariadb.all=true}.
 */
final class MariaDbConformanceIT extends ConformanceContract {
  private static final boolean ALL = Boolean.getBoolean("rowan.mariadb.all");

  @Override
  protected Server startSubject(String... flags) {
    return Rowan.shortLived(MariaDbServer.shared().newDatabase(), flags);
  }

  @Override
  protected List<List<Case>> shared() {
    return ALL
        ? super.shared()
        : List.of(
            StoreCases.cases(),
            WriteCases.cases(),
            TxnCases.cases(),
            WatchCases.cases(),
            WatchHistoryCases.cases(),
            LeaseCases.cases());
  }

  @Override
  protected boolean withFreshStores() {
    return ALL;
  }
}
