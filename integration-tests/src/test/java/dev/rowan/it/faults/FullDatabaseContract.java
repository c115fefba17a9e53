package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Client;
import dev.rowan.it.DatabaseServer;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The database's disk is full while two instances write. */
abstract class FullDatabaseContract {
  static final int DISK_MEGABYTES = 256;

  /** Room for some writes. */
  static final long LEFT_BYTES = 64 << 10;

  /** Starts a server that is durable and has its tables in a folder. */
  abstract DatabaseServer startWithTablesIn(Path folder);

  @Test
  void wantOfSpaceIsToldOfAndWritesGoOnOnceThereIsSome() {
    try (SmallDisk disk = SmallDisk.mount(DISK_MEGABYTES);
        DatabaseServer database = startWithTablesIn(disk.folder())) {
      String endpoint = database.newDatabase();
      try (Scene scene = Scene.open(Rowan.over(endpoint));
          Server second = Rowan.over(endpoint)) {
        List<Write> writes = new ArrayList<>();
        try (Load first = Load.throughFailures(scene.server(), scene.random());
            Load other = Load.throughFailures(second, scene.random())) {
          first.awaitEachAcknowledged();
          other.awaitEachAcknowledged();
          disk.leave(LEFT_BYTES);
          first.awaitEachFull();
          other.awaitEachFull();
          assertReadsGoOn(scene.server());
          assertReadsGoOn(second);
          disk.makeRoom();
          first.awaitEachAcknowledged();
          other.awaitEachAcknowledged();
          writes.addAll(first.stop());
          writes.addAll(other.stop());
        }
        assertThat(writes)
            .map(Write::outcome)
            .contains(
                new Write.Refused("RESOURCE_EXHAUSTED etcdserver: mvcc: database space exceeded"));
        scene.check(writes);
        database.kill();
        database.startAgain();
        scene.checkWhole();
      }
    }
  }

  /** Linearizable ones too. */
  private static void assertReadsGoOn(Server server) {
    try (Client client = server.client()) {
      assertThat(client.kv().range(Requests.all().setCountOnly(true).build()).getCount())
          .isPositive();
    }
  }
}
