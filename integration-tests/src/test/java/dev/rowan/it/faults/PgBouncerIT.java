package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Client;
import dev.rowan.it.PgBouncer;
import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two instances over one PostgreSQL behind a PgBouncer in transaction mode, and a third beside. */
final class PgBouncerIT {
  /** Fewer than two instances have connections to it. */
  private static final int POOL = 4;

  private static final int EVENTS = 20;

  /** The longest pause of polling is a second; the rest is for a busy machine. */
  private static final Duration EVENT_MAX = Duration.ofSeconds(3);

  private String direct;
  private PgBouncer bouncer;
  private Server second;
  private Scene scene;

  @BeforeEach
  void start() {
    direct = Postgres.newDatabase();
    bouncer = PgBouncer.before(direct, POOL);
    scene = Scene.open(Rowan.over(bouncer.endpoint(direct)));
    second =
        Rowan.over(
            bouncer.endpoint(direct),
            // That the machine is slow isn't a warning that the test looks for.
            "--warning-unary-request-duration=1h",
            "--warning-apply-duration=1h");
  }

  @AfterEach
  void stop() {
    if (scene != null) {
      second.close();
      scene.close();
      bouncer.close();
    }
  }

  /** Nobody tells them, so they ask; and what nobody hears of is in no log. */
  @Test
  void eventsOfOneArriveAtTheOthers() {
    try (Server beside = Rowan.over(direct);
        Client client = scene.server().client();
        Follower onSecond = Follower.from(second, 2);
        Follower onBeside = Follower.from(beside, 2)) {
      for (int i = 0; i < EVENTS; i++) {
        long put = client.kv().put(Requests.put("k", "v" + i).build()).getHeader().getRevision();
        long started = System.nanoTime();
        onSecond.awaitRevision(put);
        onBeside.awaitRevision(put);
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(EVENT_MAX);
      }
    }
    assertThat(second.process().log())
        .containsOnlyOnce("a pooler stands before the database")
        .doesNotContain("\"level\":\"warn\"", "\"level\":\"error\"");
    assertThat(bouncer.log()).doesNotContain("WARNING", "prepared statement");
  }

  @Test
  void poolerThatIsKilledAndStartedAgainUnderLoadLosesNothing() {
    List<Write> writes = new ArrayList<>();
    try (Load first = Load.throughFailures(scene.server(), scene.random());
        Load other = Load.throughFailures(second, scene.random())) {
      first.awaitEachAcknowledged();
      other.awaitEachAcknowledged();
      bouncer.kill();
      first.awaitEachFailed();
      bouncer.startAgain();
      first.awaitEachAcknowledged();
      other.awaitEachAcknowledged();
      writes.addAll(first.stop());
      writes.addAll(other.stop());
    }
    scene.check(writes);
    scene.checkWhole();
    assertThat(second.process().log()).doesNotContain("prepared statement");
  }
}
