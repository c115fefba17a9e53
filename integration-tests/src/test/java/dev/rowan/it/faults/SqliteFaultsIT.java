package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.SnapshotRequest;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What becomes of the file of a SQLite store: no room, damage, a second process. */
final class SqliteFaultsIT {
  private static final String VALUE = "v".repeat(32 << 10);

  /** Far more puts than the small disk has room for. */
  private static final int PUTS_MAX = 2_000;

  private static final int PAGE_BYTES = 4096;

  @Test
  void fullDiskRefusesWritesUntilThereIsRoomAndLosesNothing() {
    try (SmallDisk disk = SmallDisk.mount();
        Server server = Rowan.over(endpoint(disk.folder()))) {
      List<Effect> written = new ArrayList<>();
      try (Client client = server.client()) {
        assertThat(fill(client, written))
            .startsWith("RESOURCE_EXHAUSTED")
            .endsWith(": etcdserver: mvcc: database space exceeded");
        assertThat(client.kv().range(Requests.all().setKeysOnly(true).build()).getCount())
            .isEqualTo(written.size());
        disk.makeRoom();
        await()
            .atMost(Duration.ofSeconds(10))
            .ignoreException(StatusRuntimeException.class)
            .until(() -> put(client, written, "after"));
      }
      assertHolds(server, written);
      server.killAndStartAgain();
      assertHolds(server, written);
    }
  }

  /** M-6: the snapshot's file may not take the room that the database needs. */
  @Test
  void snapshotThatHasNoRoomIsRefusedAndWritesGoOn() throws IOException {
    try (SmallDisk disk = SmallDisk.mount();
        Server server = Rowan.over(endpoint(disk.folder()));
        Client client = server.client()) {
      List<Effect> written = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        put(client, written, "key-" + i);
      }

      assertThatThrownBy(() ->
              client
                  .maintenance()
                  .snapshot(SnapshotRequest.getDefaultInstance())
                  .forEachRemaining(message -> {}))
          .hasMessageStartingWith("RESOURCE_EXHAUSTED: rowan: no room on the server's disk");

      put(client, written, "after");
      assertHolds(server, written);
      try (Stream<Path> files = Files.list(disk.folder())) {
        assertThat(files).noneMatch(file -> file.toString().contains("rowan-snapshot"));
      }
      assertThat(server.process().log()).contains("a snapshot found no room");
    }
  }

  private static String fill(Client client, List<Effect> written) {
    for (int i = 0; i < PUTS_MAX; i++) {
      try {
        put(client, written, "key-" + i);
      } catch (StatusRuntimeException e) {
        return String.valueOf(e.getMessage());
      }
    }
    return "all written";
  }

  private static boolean put(Client client, List<Effect> written, String key) {
    client.kv().put(Requests.put(key, VALUE).build());
    return written.add(Effect.put(key, VALUE));
  }

  private static void assertHolds(Server server, List<Effect> written) {
    try (Follower log = Follower.from(server, 2)) {
      List<Effect> found =
          log.awaitRevision(written.size() + 1).stream()
              .map(transaction -> transaction.effects().getFirst())
              .toList();
      assertThat(found.equals(written)).as("all that was acknowledged, in order").isTrue();
    }
    try (Client client = server.client()) {
      assertThat(client.kv().range(Requests.all().setCountOnly(true).build()).getHeader())
          .satisfies(header -> assertThat(header.getRevision()).isEqualTo(written.size() + 1));
    }
  }

  @Test
  void damagedPagesEndTheStartWithOneClearLine() throws IOException {
    Path folder = writtenFolder();
    Path file = folder.resolve("rowan.db");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      byte[] garbage = new byte[(int) channel.size() - PAGE_BYTES];
      Arrays.fill(garbage, (byte) 0xa5);
      channel.write(ByteBuffer.wrap(garbage), PAGE_BYTES);
    }

    assertEndsWith(endpoint(folder), file + "", "damaged");
  }

  @Test
  void damagedHeaderEndsTheStartWithOneClearLine() throws IOException {
    Path folder = writtenFolder();
    Path file = folder.resolve("rowan.db");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[PAGE_BYTES]), 0);
    }

    assertEndsWith(endpoint(folder), file + "", "damaged");
  }

  @Test
  void secondProcessOnOneFileEndsWithOneClearLine() {
    try (Server first = Rowan.overSqlite();
        Client client = first.client()) {
      assertEndsWith(endpoint(first.folder()), "in use", "" + first.process().pid());

      client.kv().put(Requests.put("key", "value").build());
    }
  }

  /** The folder of a server that was stopped after some writes. */
  private static Path writtenFolder() {
    Server server = Rowan.overSqlite();
    try (Client client = server.client()) {
      for (int i = 0; i < 100; i++) {
        client.kv().put(Requests.put("key-" + i, "value".repeat(100)).build());
      }
    }
    assertThat(server.process().terminate()).isZero();
    return server.folder();
  }

  private static String endpoint(Path folder) {
    return "sqlite://" + folder.resolve("rowan.db");
  }

  private static void assertEndsWith(String endpoint, String... says) {
    ServerProcess process = Rowan.launch(endpoint);
    assertThat(process.awaitExit()).isEqualTo(1);
    assertThat(process.log().lines()).as(process.log()).hasSize(1);
    assertThat(process.log()).contains(says).contains("\"level\":\"fatal\"");
  }
}
