package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.it.Client;
import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.StreamSession.Received;
import dev.rowan.it.StreamSession.Received.Response;
import dev.rowan.it.WatchSession;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.AlarmType;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Of two instances over one database one stands still (SIGSTOP) while the other writes, compacts
 * and prunes: it has to read the log anew, and nobody may be told what is not so any more.
 */
final class PausedInstanceIT {
  private static final Duration WAIT_MAX = Duration.ofSeconds(30);

  private Server paused;
  private Server busy;
  private Client onPaused;
  private Client onBusy;

  @BeforeEach
  void start() {
    String database = Postgres.newDatabase();
    paused = Rowan.over(database, "--name=paused");
    busy = Rowan.over(database, "--name=busy");
    onPaused = paused.client();
    onBusy = busy.client();
  }

  @AfterEach
  void stop() {
    onPaused.close();
    onBusy.close();
    paused.close();
    busy.close();
  }

  private static long put(Client client, String key, String value, long lease) {
    return client
        .kv()
        .put(Requests.put(key, value).setLease(lease).build())
        .getHeader()
        .getRevision();
  }

  private static void compact(Client client, long revision) {
    var _ =
        client
            .kv()
            .compact(
                CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build());
  }

  private static void grant(Client client, long id) {
    var _ =
        client.lease().leaseGrant(LeaseGrantRequest.newBuilder().setID(id).setTTL(1_000).build());
  }

  private static long timeToLive(Client client, long id) {
    return client
        .lease()
        .leaseTimeToLive(LeaseTimeToLiveRequest.newBuilder().setID(id).build())
        .getTTL();
  }

  private static RangeResponse all(Client client) {
    return client.kv().range(Requests.all().build()).toBuilder().clearHeader().build();
  }

  private void awaitBoth(long revision) {
    await()
        .atMost(WAIT_MAX)
        .until(() ->
            onPaused.kv().range(Requests.get("a").build()).getHeader().getRevision() == revision);
  }

  /** What happens while one stands still; returns the compact revision. */
  private long meanwhile() {
    for (int i = 0; i < 50; i++) {
      put(onBusy, "a", "busy-" + i, 0);
    }
    var _ = onBusy.kv().deleteRange(Requests.delete("gone").build());
    var _ = onBusy.lease().leaseRevoke(LeaseRevokeRequest.newBuilder().setID(7).build());
    grant(onBusy, 8);
    long compactRevision = put(onBusy, "leased", "8", 8);
    var _ =
        onBusy
            .maintenance()
            .alarm(
                AlarmRequest.newBuilder()
                    .setAction(AlarmAction.ACTIVATE)
                    .setMemberID(1)
                    .setAlarm(AlarmType.NOSPACE)
                    .build());
    compact(onBusy, compactRevision);
    var _ =
        onBusy
            .maintenance()
            .alarm(
                AlarmRequest.newBuilder()
                    .setAction(AlarmAction.DEACTIVATE)
                    .setMemberID(1)
                    .setAlarm(AlarmType.NOSPACE)
                    .build());
    put(onBusy, "b", "1", 0);
    put(onBusy, "b", "2", 0);
    return compactRevision;
  }

  @Test
  void instanceThatMissedWhatWasPrunedReadsTheLogAnew() throws Exception {
    grant(onPaused, 7);
    put(onPaused, "gone", "1", 0);
    put(onPaused, "ended", "1", 7);
    long before = put(onPaused, "a", "1", 0);
    awaitBoth(before);
    try (WatchSession watch = onPaused.watch();
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      watch.create(watcher("a", 0, 1));
      assertThat(response(watch).getCreated()).isTrue();

      paused.process().suspend();
      long compactRevision;
      Future<RangeResponse> asked;
      try {
        compactRevision = meanwhile();
        asked = threads.submit(() -> all(onPaused));
      } finally {
        paused.process().resume();
      }

      assertThat(asked.get()).isEqualTo(all(onBusy));
      WatchResponse cancelled = response(watch);
      assertThat(cancelled.getCanceled()).as("W-20").isTrue();
      assertThat(cancelled.getWatchId()).isEqualTo(1);
      assertThat(cancelled.getCompactRevision()).isEqualTo(compactRevision);
      assertThat(cancelled.getEventsList()).isEmpty();
      assertThat(timeToLive(onPaused, 7)).isEqualTo(-1);
      assertThat(timeToLive(onPaused, 8)).isPositive();
      assertGoesOn(watch, compactRevision);
    }
    assertThat(paused.process().log()).contains("reading all anew");
  }

  private static WatchCreateRequest.Builder watcher(String key, long from, long id) {
    return WatchCreateRequest.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setStartRevision(from)
        .setWatchId(id);
  }

  private static WatchResponse response(WatchSession watch) {
    Received<WatchResponse> next = watch.next();
    assertThat(next).isInstanceOf(Response.class);
    return ((Response<WatchResponse>) next).message();
  }

  private void assertGoesOn(WatchSession watch, long compactRevision) {
    assertThatThrownBy(
            () -> onPaused.kv().range(Requests.get("a").setRevision(compactRevision - 1).build()))
        .hasMessageContaining("has been compacted");
    watch.create(watcher("b", compactRevision, 2));
    assertThat(response(watch).getCreated()).isTrue();
    assertThat(response(watch).getEventsList())
        .map(event -> event.getKv().getValue().toStringUtf8())
        .containsExactly("1", "2");
    long next = put(onPaused, "leased", "9", 8);
    assertThat(next).isEqualTo(compactRevision + 3);
    compact(onPaused, next);
    assertThat(all(onBusy)).isEqualTo(all(onPaused));
    assertThat(hash(onPaused)).isEqualTo(hash(onBusy));
    var _ = onPaused.lease().leaseRevoke(LeaseRevokeRequest.newBuilder().setID(8).build());
    assertThat(onBusy.kv().range(Requests.get("leased").build()).getCount()).isZero();
  }

  private static int hash(Client client) {
    return client.maintenance().hashKV(HashKVRequest.getDefaultInstance()).getHash();
  }

  /** What it writes first is decided by what the others wrote. */
  @Test
  void firstRequestAfterwardsIsAWrite() throws Exception {
    long before = put(onPaused, "a", "1", 0);
    put(onPaused, "gone", "1", 0);
    awaitBoth(before + 1);
    try (ExecutorService threads = Executors.newSingleThreadExecutor()) {
      grant(onPaused, 7);
      paused.process().suspend();
      long compactRevision;
      Future<String> previous;
      try {
        compactRevision = meanwhile();
        previous = threads.submit(this::putWithPrevious);
      } finally {
        paused.process().resume();
      }

      assertThat(previous.get()).isEqualTo("busy-49");
      assertThat(put(onBusy, "a", "next", 0)).isEqualTo(compactRevision + 4);
    }
  }

  private String putWithPrevious() {
    return onPaused
        .kv()
        .put(Requests.put("a", "mine").setPrevKv(true).build())
        .getPrevKv()
        .getValue()
        .toStringUtf8();
  }
}
