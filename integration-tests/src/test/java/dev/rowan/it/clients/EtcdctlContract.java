package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.GoProgram;
import dev.rowan.it.Server;
import java.io.BufferedReader;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** etcdctl against one Rowan: what it prints is what it prints with etcd. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class EtcdctlContract {
  private Server server;

  /** Starts a server over an empty store. */
  abstract Server start();

  @BeforeAll
  void startServer() {
    server = start();
  }

  @AfterAll
  void stopServer() {
    server.close();
  }

  @Test
  void putGetAndDelete() {
    assertThat(etcdctl("put", "kv/a", "1")).isEqualTo("OK\n");
    assertThat(etcdctl("put", "kv/a", "2", "--prev-kv")).isEqualTo("OK\nkv/a\n1\n");
    assertThat(etcdctl("put", "kv/b", "3")).isEqualTo("OK\n");
    assertThat(etcdctl("get", "kv/", "--prefix")).isEqualTo("kv/a\n2\nkv/b\n3\n");
    assertThat(etcdctl("get", "kv/", "--prefix", "--count-only", "--write-out=fields"))
        .contains("\"Count\" : 2");
    assertThat(etcdctl("get", "kv/", "--prefix", "--order=DESCEND", "--limit=1"))
        .isEqualTo("kv/b\n3\n");
    assertThat(etcdctl("del", "kv/", "--prefix", "--prev-kv")).isEqualTo("2\nkv/a\n2\nkv/b\n3\n");
    assertThat(etcdctl("get", "kv/", "--prefix")).isEmpty();
  }

  @Test
  void txnTakesTheBranchThatItsComparesChoose() {
    String txn = "create(\"txn\") = \"0\"\n\nput txn first\nget txn\n\nget txn\n\n";

    assertThat(run(txn, "txn").output()).isEqualTo("SUCCESS\n\nOK\n\ntxn\nfirst\n");
    assertThat(run(txn, "txn").output()).isEqualTo("FAILURE\n\ntxn\nfirst\n");
  }

  @Test
  void watchReplaysAndThenFollows() throws IOException {
    etcdctl("put", "watched", "1");
    long revision = modRevision("watched");
    Process watch =
        Program.start(
            GoProgram.ETCDCTL,
            List.of(endpoint(), "watch", "watched", "--rev=" + revision, "--prev-kv"));
    try (BufferedReader lines = watch.inputReader()) {
      assertThat(read(lines, 3)).containsExactly("PUT", "watched", "1");
      etcdctl("put", "watched", "2");
      assertThat(read(lines, 5)).containsExactly("PUT", "watched", "1", "watched", "2");
      etcdctl("del", "watched");
      assertThat(read(lines, 4)).containsExactly("DELETE", "watched", "2", "watched");
    } finally {
      watch.destroyForcibly();
    }
  }

  private static List<String> read(BufferedReader lines, int count) throws IOException {
    List<String> read = new ArrayList<>();
    while (read.size() < count) {
      read.add(lines.readLine());
    }
    return read;
  }

  @Test
  void leaseIsGrantedListedKeptAndRevoked() {
    String lease = etcdctl("lease", "grant", "100").split(" ", -1)[1];
    etcdctl("put", "leased", "v", "--lease=" + lease);

    assertThat(etcdctl("lease", "list")).contains(lease);
    assertThat(etcdctl("lease", "timetolive", lease, "--keys"))
        .contains("granted with TTL(100s)")
        .contains("attached keys([leased])");
    assertThat(etcdctl("lease", "keep-alive", "--once", lease))
        .contains("keepalived with TTL(100)");
    assertThat(etcdctl("lease", "revoke", lease)).isEqualTo("lease " + lease + " revoked\n");
    assertThat(etcdctl("get", "leased")).isEmpty();
  }

  @Test
  void endOfALeaseDeletesItsKeys() {
    String lease = etcdctl("lease", "grant", "2").split(" ", -1)[1];
    etcdctl("put", "short", "v", "--lease=" + lease);

    await().atMost(Duration.ofSeconds(30)).until(() -> etcdctl("get", "short").isEmpty());
  }

  @Test
  void compactionForgetsWhatIsOlder() {
    etcdctl("put", "compacted", "1");
    long first = modRevision("compacted");
    etcdctl("put", "compacted", "2");
    long second = modRevision("compacted");

    assertThat(etcdctl("compaction", "--physical", "" + second))
        .isEqualTo("compacted revision " + second + "\n");
    assertThat(etcdctl("get", "compacted", "--rev=" + second)).isEqualTo("compacted\n2\n");
    Program old = run("", "get", "compacted", "--rev=" + first);
    assertThat(old.status()).isEqualTo(1);
    assertThat(old.output())
        .contains("Error: etcdserver: mvcc: required revision has been compacted");
  }

  @Test
  void statusAndMembersAreOfOneMember() {
    assertThat(etcdctl("endpoint", "status", "--write-out=fields"))
        .contains("\"Version\" : \"3.7.")
        .contains("\"IsLearner\" : false");
    assertThat(etcdctl("member", "list"))
        .contains(", started, ")
        .contains("http://127.0.0.1:" + server.port());
  }

  /** a linearizable read, and no alarm. */
  @Test
  void healthIsGood() {
    assertThat(etcdctl("endpoint", "health")).contains("is healthy");
    assertThat(etcdctl("alarm", "list")).isEmpty();
  }

  @Test
  void alarmIsListedUntilItIsDisarmed() {
    // Disarming lists the alarms and names each; raising has no command of its own.
    assertThat(etcdctl("alarm", "disarm")).isEmpty();
    assertThat(etcdctl("alarm", "list")).isEmpty();
  }

  @Test
  void storeIsDefragmentedAndHashed() {
    etcdctl("put", "hashed", "1");

    assertThat(etcdctl("defrag")).contains("Finished defragmenting etcd member");
    assertThat(etcdctl("endpoint", "hashkv")).contains("127.0.0.1:" + server.port());
    assertThat(etcdctl("get", "hashed")).isEqualTo("hashed\n1\n");
  }

  @Test
  void downgradeIsValidatedEnabledAndCancelled() {
    assertThat(etcdctl("downgrade", "validate", "3.6"))
        .isEqualTo("Downgrade validate success, cluster version 3.7\n");
    assertThat(etcdctl("downgrade", "enable", "3.6"))
        .isEqualTo("Downgrade enable success, cluster version 3.7\n");
    assertThat(run("", "downgrade", "enable", "3.6").output())
        .contains("Error: etcdserver: cluster has a downgrade job in progress");
    assertThat(etcdctl("downgrade", "cancel"))
        .isEqualTo("Downgrade cancel success, cluster version 3.7\n");
  }

  /**
   * It does not use the Lock service but lays its keys out alike, so that both exclude each other.
   */
  @Test
  void lockIsHeldWhileItsCommandRuns() {
    assertThat(etcdctl("lock", "guard", "--", "sh", "-c", "echo $ETCD_LOCK_KEY"))
        .matches("guard/[0-9a-f]+\n");
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> etcdctl("get", "guard/", "--prefix").isEmpty());
  }

  @Test
  void electionIsWonAndListenedTo() throws IOException {
    Process leader =
        Program.start(GoProgram.ETCDCTL, List.of(endpoint(), "elect", "vote", "first"));
    try (BufferedReader lines = leader.inputReader()) {
      String key = lines.readLine();
      assertThat(key).matches("vote/[0-9a-f]+");
      assertThat(lines.readLine()).isEqualTo("first");
      Process listener =
          Program.start(GoProgram.ETCDCTL, List.of(endpoint(), "elect", "-l", "vote"));
      try (BufferedReader heard = listener.inputReader()) {
        assertThat(read(heard, 2)).containsExactly(key, "first");
      } finally {
        listener.destroyForcibly();
      }
    } finally {
      leader.destroyForcibly();
    }
  }

  /** On a server of its own: while auth is on, nothing goes without a user. */
  @Test
  void usersMayDoWhatTheirRolesSay() {
    try (Server own = start()) {
      String endpoint = "--endpoints=http://127.0.0.1:" + own.port();
      assertThat(ok(endpoint, "user", "add", "root:secret")).isEqualTo("User root created\n");
      assertThat(ok(endpoint, "user", "add", "alice:pw")).isEqualTo("User alice created\n");
      assertThat(ok(endpoint, "role", "add", "app")).isEqualTo("Role app created\n");
      assertThat(
              ok(endpoint, "role", "grant-permission", "app", "readwrite", "app/", "--prefix=true"))
          .isEqualTo("Role app updated\n");
      assertThat(ok(endpoint, "user", "grant-role", "alice", "app"))
          .isEqualTo("Role app is granted to user alice\n");
      assertThat(ok(endpoint, "user", "grant-role", "root", "root"))
          .isEqualTo("Role root is granted to user root\n");
      assertThat(ok(endpoint, "auth", "enable")).isEqualTo("Authentication Enabled\n");

      assertThat(ok(endpoint, "--user=alice:pw", "put", "app/a", "1")).isEqualTo("OK\n");
      assertThat(ok(endpoint, "--user=alice:pw", "get", "app/", "--prefix"))
          .isEqualTo("app/a\n1\n");
      assertThat(refused(endpoint, "--user=alice:pw", "put", "other", "1"))
          .contains("etcdserver: permission denied");
      assertThat(refused(endpoint, "--user=alice:wrong", "get", "app/a"))
          .contains("etcdserver: authentication failed, invalid user ID or password");
      assertThat(refused(endpoint, "get", "app/a")).contains("etcdserver: user name is empty");
      assertThat(ok(endpoint, "--user=root:secret", "user", "list")).isEqualTo("alice\nroot\n");
      assertThat(ok(endpoint, "--user=root:secret", "auth", "status"))
          .contains("Authentication Status: true");
      assertThat(ok(endpoint, "--user=root:secret", "auth", "disable"))
          .isEqualTo("Authentication Disabled\n");
      assertThat(ok(endpoint, "put", "other", "1")).isEqualTo("OK\n");
    }
  }

  private static String ok(String... arguments) {
    Program done = Program.run(GoProgram.ETCDCTL, "", List.of(arguments));
    assertThat(done.status()).as(done.output()).isZero();
    return done.output();
  }

  private static String refused(String... arguments) {
    Program done = Program.run(GoProgram.ETCDCTL, "", List.of(arguments));
    assertThat(done.status()).as(done.output()).isPositive();
    return done.output();
  }

  private long modRevision(String key) {
    String fields = etcdctl("get", key, "--write-out=fields");
    return fields
        .lines()
        .filter(line -> line.startsWith("\"ModRevision\" : "))
        .mapToLong(line -> Long.parseLong(line.substring("\"ModRevision\" : ".length())))
        .findFirst()
        .orElseThrow();
  }

  private String endpoint() {
    return "--endpoints=http://127.0.0.1:" + server.port();
  }

  private Program run(String input, String... arguments) {
    List<String> all = new ArrayList<>(List.of(endpoint()));
    all.addAll(List.of(arguments));
    return Program.run(GoProgram.ETCDCTL, input, all);
  }

  private String etcdctl(String... arguments) {
    Program done = run("", arguments);
    assertThat(done.status()).as(done.output()).isZero();
    return done.output();
  }
}
