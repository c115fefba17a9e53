package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.rowan.it.Client;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.List;
import java.util.SplittableRandom;

/**
 * One server through several rounds of faults: a watcher that follows it all the time, the log as a
 * new watcher reads it after each round, and the audit of both. Not thread-safe.
 */
final class Scene implements AutoCloseable {
  /** Acknowledged writes of a round that are read back at their revisions. */
  private static final int SAMPLES = 100;

  private static final long FIRST_REVISION = 2;

  private final Server server;
  private final SplittableRandom random;
  private final Audit audit = new Audit(FIRST_REVISION);
  private final Follower follower;

  private Scene(Server server, SplittableRandom random) {
    this.server = server;
    this.random = random;
    this.follower = Follower.from(server, FIRST_REVISION);
  }

  /** Takes over a server whose store is empty, and prints the seed of all that is random. */
  static Scene open(Server server) {
    long seed = Long.getLong("rowan.crash.seed", System.nanoTime());
    System.out.println("seed: -Drowan.crash.seed=" + seed);
    return new Scene(server, new SplittableRandom(seed));
  }

  Server server() {
    return server;
  }

  SplittableRandom random() {
    return random;
  }

  /** The last revision that was checked. */
  long revision() {
    return audit.revision();
  }

  /** Lets the watcher go on after the server was started again. */
  void resume() {
    follower.resume(server);
  }

  /** Checks everything that was written since the last check. */
  void check(List<Write> writes) {
    try (Client client = server.client();
        Follower log = Follower.from(server, audit.revision() + 1)) {
      RangeResponse now = client.kv().range(Requests.all().build());
      long revision = now.getHeader().getRevision();
      audit.check(log.awaitRevision(revision), writes);
      assertThat(audit.revision()).isEqualTo(revision);
      assertThat(now.getKvsList()).containsExactlyInAnyOrderElementsOf(audit.state());
      readBack(client, writes);
      follower.awaitRevision(revision);
    }
  }

  private void readBack(Client client, List<Write> writes) {
    for (int i = 0; i < Math.min(SAMPLES, writes.size()); i++) {
      Write write = writes.get(random.nextInt(writes.size()));
      if (write.outcome() instanceof Write.Acknowledged(long revision)) {
        Effect effect = write.effects().getLast();
        String key = effect.key().toString(java.nio.charset.StandardCharsets.ISO_8859_1);
        List<KeyValue> kvs =
            client.kv().range(Requests.get(key).setRevision(revision).build()).getKvsList();
        List<ByteString> expected = effect.isDeletion() ? List.of() : List.of(effect.value());
        assertThat(kvs).as(key + " at " + revision).map(KeyValue::getValue).isEqualTo(expected);
      }
    }
  }

  /** Checks that a watcher of the whole history sees what the one that followed it saw. */
  void checkWhole() {
    try (Follower whole = Follower.from(server, FIRST_REVISION)) {
      List<Transaction> all = whole.awaitRevision(audit.revision());
      assertThat(all.equals(follower.seen())).as("both watchers saw the same").isTrue();
    }
  }

  @Override
  public void close() {
    follower.close();
    server.close();
  }
}
