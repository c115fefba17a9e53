package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.AlarmType;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.DefragmentRequest;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.HashKVResponse;
import dev.rowan.proto.etcdserverpb.HashRequest;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two instances over one database: what concerns the store as a whole is the same at both. */
final class PostgresMaintenanceIT {
  private static final Duration WAIT_MAX = Duration.ofSeconds(30);

  private Server first;
  private Server second;
  private Client one;
  private Client other;

  @BeforeEach
  void start() {
    String database = Postgres.newDatabase();
    first = Rowan.over(database, "--name=first");
    second = Rowan.over(database, "--name=second");
    one = first.client();
    other = second.client();
  }

  @AfterEach
  void stop() {
    one.close();
    other.close();
    first.close();
    second.close();
  }

  private static long put(Client client, String key) {
    return client.kv().put(Requests.put(key, "value").build()).getHeader().getRevision();
  }

  private static AlarmRequest alarm(AlarmAction action) {
    return AlarmRequest.newBuilder()
        .setAction(action)
        .setMemberID(1)
        .setAlarm(AlarmType.NOSPACE)
        .build();
  }

  /** M-2, M-11. */
  @Test
  void alarmThatOneRaisedHoldsForBothAtOnce() {
    put(one, "a");
    put(other, "b");
    one.maintenance().alarm(alarm(AlarmAction.ACTIVATE));

    assertThatThrownBy(() -> put(other, "c")).hasMessageContaining("database space exceeded");
    assertThat(other.maintenance().alarm(alarm(AlarmAction.GET)).getAlarmsCount()).isEqualTo(1);
    assertThat(other.maintenance().status(StatusRequest.getDefaultInstance()).getErrorsList())
        .containsExactly("memberID:1 alarm:NOSPACE");

    other.maintenance().alarm(alarm(AlarmAction.DEACTIVATE));
    assertThat(put(one, "c")).isEqualTo(4);
  }

  /** M-4, M-5. */
  @Test
  void hashesAreTheSameAtBoth() {
    for (int i = 0; i < 50; i++) {
      put(i % 2 == 0 ? one : other, "key-" + i % 7);
    }
    awaitRevision(51);
    assertThat(hash(one, 30)).isEqualTo(hash(other, 30));
    one.kv().compact(CompactionRequest.newBuilder().setRevision(40).setPhysical(true).build());
    await().atMost(WAIT_MAX).until(() -> hash(other, 45).getCompactRevision() == 40);
    for (int revision = 41; revision <= 51; revision++) {
      assertThat(hash(other, revision)).isEqualTo(hash(one, revision));
    }
    assertThat(other.maintenance().hash(HashRequest.getDefaultInstance()).getHash())
        .isEqualTo(one.maintenance().hash(HashRequest.getDefaultInstance()).getHash());
  }

  private void awaitRevision(long revision) {
    for (Client client : new Client[] {one, other}) {
      await()
          .atMost(WAIT_MAX)
          .until(() ->
              client.kv().range(Requests.get("a").build()).getHeader().getRevision() == revision);
    }
  }

  private static HashKVResponse hash(Client client, long revision) {
    return client
        .maintenance()
        .hashKV(HashKVRequest.newBuilder().setRevision(revision).build())
        .toBuilder()
        .clearHeader()
        .build();
  }

  /** M-3. */
  @Test
  void writesGoOnWhileTheOtherDefragments() {
    for (int i = 0; i < 200; i++) {
      put(one, "key");
    }
    try (Load load = Load.throughFailures(second, new SplittableRandom(1))) {
      load.awaitAcknowledged(10);
      for (int i = 0; i < 5; i++) {
        var _ = one.maintenance().defragment(DefragmentRequest.getDefaultInstance());
      }
      load.awaitAcknowledged(10);
      assertThat(load.stop())
          .map(Write::outcome)
          .doesNotHaveAnyElementsOfTypes(Write.Unknown.class);
    }
  }
}
