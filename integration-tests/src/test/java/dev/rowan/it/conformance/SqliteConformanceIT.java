package dev.rowan.it.conformance;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;

/** Rowan over SQLite. */
final class SqliteConformanceIT extends ConformanceContract {
  @Override
  protected Server startSubject(String... flags) {
    return Rowan.shortLived(Rowan.newFile(), flags);
  }
}
