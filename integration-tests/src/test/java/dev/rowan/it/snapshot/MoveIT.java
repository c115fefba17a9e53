package dev.rowan.it.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Client;
import dev.rowan.it.Etcd;
import dev.rowan.it.Ports;
import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.mvccpb.KeyValue;
import dev.rowan.tls.Authority;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Stores that move, by the commands of an operator. */
final class MoveIT {
  private static String url(Server server) {
    return "http://127.0.0.1:" + server.port();
  }

  private static String newFile() {
    return "sqlite://" + Server.newFolder("move").resolve("rowan.db");
  }

  /** Runs a command to its end, and returns what it printed. */
  private static String run(String... arguments) {
    ServerProcess process = Rowan.command(List.of(arguments));
    assertThat(process.awaitExit()).as(process.log()).isZero();
    return process.log();
  }

  private static String fails(String... arguments) {
    ServerProcess process = Rowan.command(List.of(arguments));
    assertThat(process.awaitExit()).as(process.log()).isEqualTo(1);
    return process.log();
  }

  /** From an etcd that runs to SQLite, to PostgreSQL, to a file, to an etcd: nothing is lost. */
  @Test
  void aStoreGoesAroundWhole() throws Exception {
    String file = newFile();
    String database = Postgres.newDatabase();
    Path exported = Server.newFolder("exported").resolve("snapshot.db");
    Picture before;
    long compactRevision;
    try (Server etcd = Etcd.start()) {
      try (Client client = etcd.client()) {
        compactRevision = Histories.write(client);
      }
      assertThat(run("import", "--from", url(etcd), "--endpoint=" + file))
          .contains("imported into ", "HashKV at revision", "is the source's");
      before = Picture.of(etcd, compactRevision);
    }
    try (Server rowan = Rowan.over(file)) {
      assertThat(Picture.of(rowan, compactRevision)).isEqualTo(before);
      assertThat(fails("copy", file, database)).contains("rowan.db");
    }
    assertThat(run("copy", file, database)).contains("copied into postgres://");
    assertThat(fails("copy", file, database)).contains("is not empty");
    assertThat(run("export", exported.toString(), "--endpoint=" + database))
        .contains("exported to ");
    try (Server rowan = Rowan.over(database)) {
      assertThat(Picture.of(rowan, compactRevision)).isEqualTo(before);
    }
    try (Server etcd = Tools.etcdOver(exported)) {
      assertThat(Picture.of(etcd, compactRevision)).isEqualTo(before);
    }
  }

  /** Who may not have everything gets the keys that it may read. */
  @Test
  void aUserMovesItsPrefix() throws Exception {
    String file = newFile();
    try (Server etcd = Etcd.start("--bcrypt-cost=4");
        Client client = etcd.client()) {
      Tools.etcdctl(etcd, "put", "b/1", "not hers");
      String granted = Tools.etcdctl(etcd, "lease", "grant", "500");
      String lease = granted.split(" ", -1)[1];
      for (int i = 0; i < 250; i++) {
        client.kv().put(Requests.put("a/%03d".formatted(i), "v" + i).build());
      }
      Tools.etcdctl(etcd, "put", "a/100", "leased", "--lease=" + lease);
      RangeResponse expected = client.kv().range(Requests.range("a/", "a0").build());
      Tools.etcdctl(etcd, "role", "add", "reader");
      Tools.etcdctl(etcd, "role", "grant-permission", "reader", "--prefix=true", "read", "a/");
      Tools.etcdctl(etcd, "user", "add", "root:secret");
      Tools.etcdctl(etcd, "user", "grant-role", "root", "root");
      Tools.etcdctl(etcd, "user", "add", "alice:hers");
      Tools.etcdctl(etcd, "user", "grant-role", "alice", "reader");
      Tools.etcdctl(etcd, "auth", "enable");

      assertThat(
              fails("import", "--from", url(etcd), "--user=alice:hers", "--endpoint=" + newFile()))
          .contains("permission denied")
          .doesNotContain("alice:hers");
      assertThat(fails("import", "--from", url(etcd), "--user=alice:no", "--endpoint=" + file))
          .contains("authentication failed");
      assertThat(
              run(
                  "import",
                  "--from",
                  url(etcd),
                  "--user=alice:hers",
                  "--prefix=a/",
                  "--endpoint=" + file))
          .contains("250 changes of keys, 1 leases", "keys as they were at revision");

      try (Server rowan = Rowan.over(file);
          Client there = rowan.client()) {
        RangeResponse moved = there.kv().range(Requests.all().build());
        assertThat(moved.getKvsList()).isEqualTo(expected.getKvsList());
        assertThat(moved.getHeader().getRevision()).isEqualTo(expected.getHeader().getRevision());
        assertThat(
                there
                    .lease()
                    .leaseTimeToLive(
                        LeaseTimeToLiveRequest.newBuilder()
                            .setID(Long.parseUnsignedLong(lease, 16))
                            .build())
                    .getGrantedTTL())
            .isEqualTo(500);
      }
    }
  }

  @Test
  void certificatesLetIn() {
    Authority authority = new Authority();
    Path files = Server.newFolder("certificates");
    Path ca = authority.writeRoot(files);
    List<Path> pair = Authority.write(files, "server", authority.server());
    List<Path> own = Authority.write(files, "client", authority.client("mover"));
    String url = "https://127.0.0.1:" + Ports.free();
    String file = newFile();
    try (Server _ =
        Etcd.start(
            "--listen-client-urls=" + url,
            "--advertise-client-urls=" + url,
            "--cert-file=" + pair.get(0),
            "--key-file=" + pair.get(1),
            "--client-cert-auth",
            "--trusted-ca-file=" + ca)) {
      assertThat(fails("import", "--from", url, "--endpoint=" + file)).contains(url);
      assertThat(fails("import", "--from", url, "--cacert=" + files, "--endpoint=" + file))
          .contains("reading the certificates", "cannot read " + files);
      assertThat(
              run(
                  "import",
                  "--from",
                  url,
                  "--cacert=" + ca,
                  "--cert=" + own.get(0),
                  "--key=" + own.get(1),
                  "--endpoint=" + file))
          .contains("revision 1,", "is the source's");
    }
  }

  @Test
  void kinesTableMoves() throws Exception {
    String database = Postgres.newDatabase();
    try (Connection connection = Postgres.connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE kine (id BIGSERIAL PRIMARY KEY, name TEXT COLLATE \"C\", created INTEGER,"
              + " deleted INTEGER, create_revision BIGINT, prev_revision BIGINT, lease INTEGER,"
              + " value bytea, old_value bytea)");
      statement.execute(
          "INSERT INTO kine (name, created, deleted, create_revision, prev_revision, lease, value)"
              + " VALUES ('compact_rev_key', 1, 0, 0, 0, 0, ''),"
              + " ('/registry/a', 1, 0, 0, 0, 0, 'one'), ('/registry/b', 1, 0, 0, 0, 3600, 'two'),"
              + " ('/registry/a', 0, 0, 2, 2, 0, 'three'), ('gap-5', 0, 1, 0, 0, 0, '')");
    }

    // Beside kine's table in the same database, where the next server looks for it.
    assertThat(run("import", "--from", "kine:" + database, "--endpoint=" + database))
        .contains("revision 5, compact revision 5, 2 changes of keys, 1 leases");

    try (Server rowan = Rowan.over(database);
        Client client = rowan.client()) {
      List<KeyValue> keys = client.kv().range(Requests.all().build()).getKvsList();
      assertThat(keys)
          .extracting(kv -> kv.getKey().toStringUtf8() + "=" + kv.getValue().toStringUtf8())
          .containsExactly("/registry/a=three", "/registry/b=two");
      assertThat(keys).extracting(KeyValue::getModRevision).containsExactly(4L, 3L);
      assertThat(keys).extracting(KeyValue::getCreateRevision).containsExactly(2L, 3L);
      assertThat(client.kv().put(Requests.put("c", "").build()).getHeader().getRevision())
          .isEqualTo(6);
    }
  }

  @Test
  void nothingStaysBehindOfWhatFails() {
    Path folder = Server.newFolder("move");
    Path file = folder.resolve("new").resolve("rowan.db");

    assertThat(fails("import", "--from", "http://127.0.0.1:1", "--endpoint=sqlite://" + file))
        .contains("a snapshot at http://127.0.0.1:1: ");

    assertThat(Files.exists(file.getParent())).isFalse();
    assertThat(folder).isEmptyDirectory();
  }
}
