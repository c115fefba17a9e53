package dev.rowan.it.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Client;
import dev.rowan.it.Etcd;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.conformance.Requests;
import dev.rowan.it.quorum.QuorumGroup;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** A quorum whose members were each restored from the same snapshot, on its own. */
final class QuorumRestoreIT {
  private static final int KEYS = 50;
  private static final long COMPACTED = 20;

  @Test
  void restoredMembersBeginWithTheSnapshotAndGiveItToWhoJoins() {
    Path snapshot;
    Picture before;
    try (Server etcd = Etcd.start()) {
      write(etcd);
      snapshot = Tools.save(etcd);
      before = Picture.of(etcd, COMPACTED);
    }
    try (QuorumGroup group = QuorumGroup.of(3)) {
      for (int i = 0; i < 3; i++) {
        ServerProcess restored = restore(group, snapshot, i);
        assertThat(restored.awaitExit()).as(restored.log()).isZero();
        assertThat(restored.log()).contains("restored into ", "revision " + (KEYS + 1));
      }
      group.startAll();
      for (int i = 0; i < 3; i++) {
        assertThat(Picture.of(group.member(i), COMPACTED)).as("member %s", i).isEqualTo(before);
      }
      group.awaitSame();
      group.put(1, "after", "1");

      int fourth = group.join(group.leader());

      group.put(fourth, "by the fourth", "1");
      group.awaitSame();
      try (Client client = group.member(fourth).client()) {
        assertThat(client.kv().range(Requests.get("key-7").build()).getKvsCount()).isEqualTo(1);
      }
      group.member(0).killAndStartAgain();
      group.awaitSame();
    }
  }

  @Test
  void memberThatHasRunIsNotRestored() {
    try (QuorumGroup group = QuorumGroup.started(1)) {
      group.put(0, "a", "1");
      Path snapshot = Tools.save(group.member(0));
      assertThat(group.member(0).process().terminate()).isZero();

      ServerProcess refused = restore(group, snapshot, 0);

      assertThat(refused.awaitExit()).isEqualTo(1);
      assertThat(refused.log()).contains("is of a member that has run: delete its data directory");
    }
  }

  private static ServerProcess restore(QuorumGroup group, Path snapshot, int i) {
    String endpoint = "sqlite://" + group.folder(i).resolve("data").resolve("rowan.db");
    return Rowan.restore(snapshot, endpoint, group.flags(i).toArray(String[]::new));
  }

  private static void write(Server server) {
    try (Client client = server.client()) {
      var _ =
          client.lease().leaseGrant(LeaseGrantRequest.newBuilder().setID(7).setTTL(900).build());
      for (int i = 0; i < KEYS; i++) {
        client.kv().put(Requests.put("key-" + i % 30, "v" + i).setLease(7).build());
      }
      var _ = client.kv().compact(CompactionRequest.newBuilder().setRevision(COMPACTED).build());
    }
  }
}
