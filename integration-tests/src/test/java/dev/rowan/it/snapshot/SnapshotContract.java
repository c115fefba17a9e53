package dev.rowan.it.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Client;
import dev.rowan.it.Etcd;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmType;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.HashKVResponse;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/**
 * A store that goes through a snapshot is the same to clients, whoever saved it and whoever
 * restores it (M-6).
 */
@TestInstance(Lifecycle.PER_CLASS)
abstract class SnapshotContract {
  private Server etcd;
  private long compactRevision;
  private Picture expected;

  /** The endpoint of a new and empty store. */
  abstract String newStore();

  @BeforeAll
  void writeTheHistoryToEtcd() {
    etcd = Etcd.start();
    try (Client client = etcd.client()) {
      compactRevision = Histories.write(client);
    }
    expected = Picture.of(etcd, compactRevision);
  }

  @AfterAll
  void stopEtcd() {
    etcd.close();
  }

  private Server rowanWithTheHistory() {
    Server rowan = Rowan.over(newStore());
    try (Client client = rowan.client()) {
      assertThat(Histories.write(client)).isEqualTo(compactRevision);
    }
    return rowan;
  }

  @Test
  void etcdRestoresRowansSnapshot() {
    try (Server rowan = rowanWithTheHistory();
        Server restored = Tools.etcdOver(Tools.save(rowan))) {
      assertThat(Picture.of(rowan, compactRevision)).isEqualTo(expected);
      assertThat(Picture.of(restored, compactRevision)).isEqualTo(expected);
      assertThat(hashes(restored)).isEqualTo(hashes(etcd));
      assertGoesOn(restored);
    }
  }

  @Test
  void rowanRestoresEtcdsSnapshot() {
    try (Server restored = Tools.rowanOver(Tools.save(etcd), newStore())) {
      assertThat(Picture.of(restored, compactRevision)).isEqualTo(expected);
      assertThat(identity(restored)).isNotEqualTo(identity(etcd));
      try (Server back = Tools.etcdOver(Tools.save(restored))) {
        assertThat(Picture.of(back, compactRevision)).isEqualTo(expected);
        assertThat(hashes(back)).isEqualTo(hashes(etcd));
      }
      assertGoesOn(restored);
    }
  }

  @Test
  void rowanRestoresRowansSnapshot() {
    try (Server rowan = rowanWithTheHistory();
        Server restored = Tools.rowanOver(Tools.save(rowan), newStore())) {
      assertThat(Picture.of(restored, compactRevision)).isEqualTo(expected);
      assertThat(identity(restored)).isNotEqualTo(identity(rowan));
      restored.killAndStartAgain();
      assertThat(Picture.of(restored, compactRevision)).isEqualTo(expected);
    }
  }

  /** C-6: nobody takes a restored store for the one it is a copy of. */
  private static long identity(Server server) {
    try (Client client = server.client()) {
      return client
          .maintenance()
          .status(StatusRequest.getDefaultInstance())
          .getHeader()
          .getClusterId();
    }
  }

  /** Of each revision after the compact one: that one's own is of a time before it. */
  private List<Integer> hashes(Server server) {
    List<Integer> hashes = new ArrayList<>();
    try (Client client = server.client()) {
      long revision = client.kv().range(Requests.get("l").build()).getHeader().getRevision();
      for (long at = compactRevision + 1; at <= revision; at++) {
        HashKVResponse hash =
            client.maintenance().hashKV(HashKVRequest.newBuilder().setRevision(at).build());
        assertThat(hash.getCompactRevision()).isEqualTo(compactRevision);
        hashes.add(hash.getHash());
      }
    }
    return hashes;
  }

  /** The next revision follows, and the next compaction finds what is garbage. */
  private void assertGoesOn(Server server) {
    long newest = expected.history().keySet().stream().max(Long::compare).orElseThrow();
    try (Client client = server.client()) {
      long next = client.kv().put(Requests.put("next", "1").build()).getHeader().getRevision();
      client
          .kv()
          .compact(CompactionRequest.newBuilder().setRevision(next).setPhysical(true).build());

      assertThat(next).isEqualTo(newest + 1);
      assertThat(client.kv().range(Requests.all().build()).getCount())
          .isEqualTo(expected.keys().size() + 1);
    }
    server.killAndStartAgain();
    try (Client client = server.client()) {
      assertThat(client.kv().range(Requests.all().setCountOnly(true).build()).getCount())
          .isEqualTo(expected.keys().size() + 1);
    }
  }

  /** T-4: the revision survives though no row of it may be read any more. */
  @Test
  void storeWithoutLiveKeysKeepsItsRevision() {
    try (Server oracle = Etcd.start();
        Server rowan = Rowan.over(newStore())) {
      for (Server server : List.of(oracle, rowan)) {
        try (Client client = server.client()) {
          Histories.writeNothingThatLives(client);
        }
      }
      Path snapshot = Tools.save(rowan);
      try (Server first = Tools.etcdOver(snapshot);
          Server second = Tools.rowanOver(snapshot, newStore());
          Server third = Tools.rowanOver(Tools.save(oracle), newStore())) {
        for (Server server : List.of(oracle, first, second, third)) {
          try (Client client = server.client()) {
            assertThat(client.kv().put(Requests.put("next", "1").build()).getHeader().getRevision())
                .isEqualTo(5);
          }
        }
        assertThat(hashNow(first)).isEqualTo(hashNow(oracle));
      }
    }
  }

  private static int hashNow(Server etcd) {
    try (Client client = etcd.client()) {
      return client.maintenance().hashKV(HashKVRequest.getDefaultInstance()).getHash();
    }
  }

  @Test
  void usersRolesAndAlarmsGoThrough() {
    try (Server oracle = Etcd.start()) {
      Tools.etcdctl(oracle, "role", "add", "reader");
      Tools.etcdctl(oracle, "role", "grant-permission", "reader", "read", "a", "b");
      Tools.etcdctl(oracle, "user", "add", "alice:secret");
      Tools.etcdctl(oracle, "user", "add", "bob", "--no-password");
      Tools.etcdctl(oracle, "user", "grant-role", "alice", "reader");
      try (Client client = oracle.client()) {
        client
            .maintenance()
            .alarm(
                AlarmRequest.newBuilder()
                    .setAction(AlarmRequest.AlarmAction.ACTIVATE)
                    .setMemberID(11)
                    .setAlarm(AlarmType.NOSPACE)
                    .build());
      }
      List<String> before = accounts(oracle);
      assertThat(before).anyMatch(line -> line.contains("NOSPACE"));

      try (Server rowan = Tools.rowanOver(Tools.save(oracle), newStore());
          Server back = Tools.etcdOver(Tools.save(rowan))) {
        assertThat(accounts(back)).isEqualTo(before);
      }
    }
  }

  private static List<String> accounts(Server server) {
    return List.of(
        Tools.etcdctl(server, "user", "list"),
        Tools.etcdctl(server, "user", "get", "alice"),
        Tools.etcdctl(server, "role", "get", "reader"),
        Tools.etcdctl(server, "auth", "status"),
        Tools.etcdctl(server, "alarm", "list"));
  }

  @Test
  void whatIsNoWholeSnapshotIsRefusedAndLeavesNothing() throws IOException {
    Path snapshot = Tools.save(etcd);
    byte[] whole = Files.readAllBytes(snapshot);
    byte[] damaged = whole.clone();
    damaged[damaged.length / 2] ^= 1;
    Path damagedFile = Files.write(snapshot.resolveSibling("damaged.db"), damaged);
    Path cutOff = snapshot.resolveSibling("cut-off.db");
    Files.write(cutOff, Arrays.copyOf(whole, whole.length / 4096 * 2048));
    Path overwritten = snapshot.resolveSibling("overwritten.db");
    byte[] zeros = Arrays.copyOf(whole, whole.length - 32);
    Arrays.fill(zeros, zeros.length / 3, zeros.length, (byte) 0);
    Files.write(overwritten, zeros);
    Path copied = etcd.folder().resolve("data").resolve("member").resolve("snap").resolve("db");
    String store = newStore();

    assertRefused(damagedFile, store, "is damaged: its SHA-256 is");
    assertRefused(cutOff, store, "does not end with a checksum");
    assertRefused(cutOff, store, "cut off", "--skip-hash-check");
    assertRefused(overwritten, store, "damaged", "--skip-hash-check");
    assertRefused(copied, store, "--skip-hash-check restores a copy");
    try (Server restored = Tools.rowanOver(snapshot, store)) {
      assertThat(Picture.of(restored, compactRevision)).isEqualTo(expected);
    }
    assertRefused(snapshot, store, "is not empty");
  }

  private static void assertRefused(Path file, String store, String why, String... flags) {
    ServerProcess refused = Rowan.restore(file, store, flags);
    assertThat(refused.awaitExit()).as(refused.log()).isEqualTo(1);
    assertThat(refused.log()).contains(why);
    assertThat(refused.log()).hasLineCount(1);
  }
}
