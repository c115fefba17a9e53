package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.conformance.Requests;
import dev.rowan.it.quorum.QuorumGroup;
import dev.rowan.proto.etcdserverpb.MoveLeaderRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A member of a quorum whose disk is full: it makes way, and the others go on. */
final class QuorumFullDiskIT {
  private static final int DISK_MEGABYTES = 64;
  private static final long LEFT_BYTES = 1 << 20;
  private static final String VALUE = "v".repeat(32 << 10);

  /** Far more puts than the small disk has room for. */
  private static final int PUTS_MAX = 2_000;

  @Test
  void leaderWithAFullDiskEndsAndNothingAcknowledgedIsLost() throws Exception {
    try (SmallDisk disk = SmallDisk.mount(DISK_MEGABYTES);
        QuorumGroup group = QuorumGroup.of(3)) {
      Files.createSymbolicLink(group.folder(0).resolve("data"), disk.folder());
      group.startAll();
      lead(group, 0);
      disk.leave(LEFT_BYTES);

      Set<String> acknowledged = fill(group.member(0));

      ServerProcess full = group.member(0).process();
      assertThat(full.awaitExit()).as(full.log()).isEqualTo(1);
      assertThat(full.log())
          .contains(
              "the member cannot go on with its data directory",
              group.folder(0).resolve("data").toString(),
              "bytes are free",
              "start it again");
      group.put(1, "while it is away", "1");
      acknowledged.add("while it is away");
      assertHeld(group, 1, acknowledged);

      disk.makeRoom();
      full.startAgain();
      group.awaitSame();
      group.kill(1);
      group.put(0, "without another", "1");
      acknowledged.add("without another");
      assertHeld(group, 0, acknowledged);
    }
  }

  private static void lead(QuorumGroup group, int target) {
    long id = group.id(target);
    await()
        .atMost(Duration.ofSeconds(30))
        .ignoreException(StatusRuntimeException.class)
        .until(() -> {
          int leader = group.leader();
          if (leader != target) {
            try (Client client = group.member(leader).client()) {
              var _ =
                  client
                      .maintenance()
                      .moveLeader(MoveLeaderRequest.newBuilder().setTargetID(id).build());
            }
          }
          return group.leader() == target;
        });
  }

  /** Writes until the server ends; returns what it has acknowledged. */
  private static Set<String> fill(Server server) {
    Set<String> acknowledged = new HashSet<>();
    try (Client client = server.client()) {
      for (int i = 0; i < PUTS_MAX && server.process().isAlive(); i++) {
        try {
          client.kv().put(Requests.put("key-" + i, VALUE).build());
          acknowledged.add("key-" + i);
        } catch (StatusRuntimeException e) {
          assertThat(e.getMessage()).as("never a refusal of the store's").startsWith("UNAVAILABLE");
        }
      }
    }
    assertThat(acknowledged).hasSizeLessThan(PUTS_MAX);
    return acknowledged;
  }

  private static void assertHeld(QuorumGroup group, int member, Set<String> acknowledged) {
    try (Client client = group.member(member).client()) {
      RangeResponse all = client.kv().range(Requests.all().setKeysOnly(true).build());
      Set<String> held = new HashSet<>();
      all.getKvsList().forEach(kv -> held.add(kv.getKey().toStringUtf8()));
      assertThat(held).containsAll(acknowledged);
    }
  }
}
