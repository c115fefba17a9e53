package dev.rowan.it.faults;

import dev.rowan.it.DatabaseServer;
import dev.rowan.it.PostgresServer;
import dev.rowan.it.Rowan;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A PostgreSQL without space for its tables, and one without space for its write-ahead log. */
final class PostgresFullIT extends FullDatabaseContract {
  @Override
  DatabaseServer startWithTablesIn(Path folder) {
    return PostgresServer.startWithTablesIn(folder);
  }

  /** It panics, and may not even start again before there is space. */
  @Test
  void serverThatEndsForWantOfSpaceIsWaitedForAndHasLostNothing() {
    try (SmallDisk disk = SmallDisk.mount(DISK_MEGABYTES);
        DatabaseServer database = PostgresServer.startIn(disk.folder());
        Scene scene = Scene.open(Rowan.over(database.newDatabase()))) {
      List<Write> writes;
      try (Load load = Load.throughFailures(scene.server(), scene.random())) {
        load.awaitEachAcknowledged();
        disk.leave(LEFT_BYTES);
        load.awaitEachFailedOrFull();
        database.kill();
        disk.makeRoom();
        database.startAgain();
        load.awaitEachAcknowledged();
        writes = load.stop();
      }
      scene.check(writes);
      scene.checkWhole();
    }
  }
}
