package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.DatabaseServer;
import dev.rowan.it.LeaseSession;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.StreamSession.Received;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** The database fails under load while Rowan lives: it waits, says so, and goes on by itself. */
abstract class DatabaseFaultsContract {
  private static final int ROUNDS = Integer.getInteger("rowan.crash.database.rounds", 2);

  /** etcd's limit of a request is 7 s; the rest is for a busy machine. */
  private static final Duration REQUEST_MAX = Duration.ofSeconds(10);

  /** What of that the machine may take at once. */
  private static final Duration PAUSE_MAX = Duration.ofSeconds(2);

  /** Long enough to be renewed once all have found the database again. */
  private static final LeaseGrantRequest TTL = LeaseGrantRequest.newBuilder().setTTL(9).build();

  private static final Duration TTL_AND_MORE = Duration.ofSeconds(11);

  private static final int WRITES_MAX = 500;
  private static final int CUTS = 30;

  /** Starts a server that is durable. */
  abstract DatabaseServer startDatabase();

  @Test
  void killedDatabaseIsWaitedForAndHasLostNothing() {
    try (DatabaseServer database = startDatabase();
        Scene scene = Scene.open(Rowan.over(database.newDatabase()))) {
      for (int round = 0; round < ROUNDS; round++) {
        try (Pulse pulse = new Pulse()) {
          List<Write> writes = loadWhileGone(scene, database::kill, database::startAgain);
          assertFailuresAreInTime(writes, pulse);
          scene.check(writes);
        }
      }
      scene.checkWhole();
    }
  }

  @Test
  void connectionsCutInTheMiddleLoseNothing() {
    try (DatabaseServer database = startDatabase();
        Scene scene = Scene.open(Rowan.over(database.newDatabase()));
        Pulse pulse = new Pulse()) {
      List<Write> writes;
      try (Load load = Load.throughFailures(scene.server(), scene.random())) {
        for (int cut = 0; cut < CUTS; cut++) {
          load.awaitAcknowledged(scene.random().nextInt(1, 50));
          database.cutConnections();
        }
        load.awaitEachAcknowledged();
        writes = load.stop();
      }
      assertFailuresAreInTime(writes, pulse);
      scene.check(writes);
      scene.checkWhole();
    }
  }

  @Test
  void hungDatabaseIsToldOfInTimeAndLosesNothing() {
    try (DatabaseServer database = startDatabase();
        Scene scene = Scene.open(Rowan.over(database.newDatabase()));
        Pulse pulse = new Pulse()) {
      List<Write> writes = loadWhileGone(scene, database::hang, database::goOn);
      assertFailuresAreInTime(writes, pulse);
      scene.check(writes);
      scene.checkWhole();
    }
  }

  /**
   * Whoever it has no connection for is told in time, and served once there is one again. L-8: a
   * lease that nobody could renew meanwhile has not ended, though an instance leads that was idle.
   */
  @Test
  void databaseThatRefusesConnectionsIsToldOfInTimeAndLosesNothing() {
    try (DatabaseServer database = startDatabase()) {
      String endpoint = database.newDatabase();
      try (Server leader = Rowan.over(endpoint);
          Scene scene = Scene.open(Rowan.over(endpoint));
          Client client = scene.server().client();
          Pulse pulse = new Pulse()) {
        long lease = client.lease().leaseGrant(TTL).getID();
        long before = System.nanoTime();
        List<Write> writes =
            loadWhileGone(
                scene,
                database::refuseConnections,
                () -> {
                  await()
                      .atMost(REQUEST_MAX)
                      .until(() -> since(before).compareTo(TTL_AND_MORE) > 0);
                  database.acceptConnections();
                  await().atMost(REQUEST_MAX.multipliedBy(2)).until(() -> renewed(client, lease));
                });
        assertFailuresAreInTime(writes, pulse);
        scene.check(writes);
        scene.checkWhole();
        assertThat(leader.process().isAlive()).isTrue();
      }
    }
  }

  /** Whether it could be; fails if it has ended. */
  private static boolean renewed(Client client, long lease) {
    try (LeaseSession session = client.keepAlive()) {
      session.renew(lease);
      if (session.next()
          instanceof Received.Response<LeaseKeepAliveResponse>(LeaseKeepAliveResponse response)) {
        assertThat(response.getTTL()).as("the lease lives").isPositive();
        return true;
      }
      return false;
    }
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  @Test
  void readOfAHungDatabaseIsRefusedInTime() {
    try (DatabaseServer database = startDatabase();
        Server server = Rowan.over(database.newDatabase());
        Client client = server.client();
        Pulse pulse = new Pulse()) {
      client.kv().put(Requests.put("k", "v").build());
      server.killAndStartAgain();
      database.hang();
      long asked = System.nanoTime();
      assertThatThrownBy(() -> client.kv().range(Requests.get("k").setSerializable(true).build()))
          .hasMessage("UNAVAILABLE: etcdserver: request timed out");
      Duration took = Duration.ofNanos(System.nanoTime() - asked);
      database.goOn();

      assertThat(took).isLessThan(REQUEST_MAX.plus(pulse.longestPause()));
      assertThat(client.kv().range(Requests.get("k").build()).getKvs(0).getValue().toStringUtf8())
          .isEqualTo("v");
    }
  }

  /** CFG-4: a stop waits for no database. */
  @Test
  void termEndsItSoonWhileTheDatabaseHangs() {
    try (DatabaseServer database = startDatabase();
        Server server = Rowan.over(database.newDatabase());
        Client client = server.client();
        Pulse pulse = new Pulse()) {
      client.kv().put(Requests.put("k", "v").build());
      database.hang();
      Future<?> write = KVGrpc.newFutureStub(client.channel()).put(Requests.put("k", "w").build());
      long asked = System.nanoTime();
      int status = server.process().terminate();
      Duration took = Duration.ofNanos(System.nanoTime() - asked);
      database.goOn();

      assertThat(status).isZero();
      assertThat(took).isLessThan(SignalsContract.STOP_MAX.plus(pulse.longestPause()));
      assertThatThrownBy(write::get)
          .hasMessageContaining("UNAVAILABLE: etcdserver: request timed out");
    }
  }

  /** Loads it while the database is away, and until each writer is served again. */
  private static List<Write> loadWhileGone(Scene scene, Runnable away, Runnable back) {
    try (Load load = Load.throughFailures(scene.server(), scene.random())) {
      load.awaitAcknowledged(scene.random().nextInt(1, WRITES_MAX));
      away.run();
      load.awaitEachFailed();
      assertSerializableReadsGoOn(scene);
      assertStatusGoesOn(scene);
      back.run();
      load.awaitEachAcknowledged();
      return load.stop();
    }
  }

  private static void assertSerializableReadsGoOn(Scene scene) {
    try (Client client = scene.server().client()) {
      assertThat(client.kv().range(Requests.all().setSerializable(true).build()).getKvsCount())
          .isPositive();
    }
  }

  /** With the size as it was last known. */
  private static void assertStatusGoesOn(Scene scene) {
    try (Client client = scene.server().client()) {
      StatusResponse status = client.maintenance().status(StatusRequest.getDefaultInstance());
      assertThat(status.getDbSizeInUse()).isPositive().isLessThanOrEqualTo(status.getDbSize());
    }
  }

  private static void assertFailuresAreInTime(List<Write> writes, Pulse pulse) {
    if (pulse.longestPause().compareTo(PAUSE_MAX) > 0) {
      System.out.println("times are not judged: the machine stood still " + pulse.longestPause());
      return;
    }
    assertThat(writes)
        .map(Write::outcome)
        .filteredOn(Write.Unknown.class::isInstance)
        .map(Write.Unknown.class::cast)
        .allSatisfy(unknown -> {
          assertThat(unknown.status()).startsWith("UNAVAILABLE etcdserver: ");
          assertThat(unknown.after()).isLessThan(REQUEST_MAX);
        });
  }
}
