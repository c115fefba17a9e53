package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Client;
import dev.rowan.it.GoProgram;
import dev.rowan.it.Ports;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.Compare.CompareResult;
import dev.rowan.proto.etcdserverpb.Compare.CompareTarget;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import dev.rowan.proto.mvccpb.KeyValue;
import dev.rowan.tls.Authority;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** docs/kubernetes.md: what control planes ask of their store beside what kube-apiserver does. */
final class ControlPlanesIT {
  private static final List<String> TENANTS = List.of("blue", "green");

  private final Authority authority = new Authority();
  @TempDir Path files;

  private Program etcdctl(String url, Path ca, X509Bundle who, String... command) {
    List<Path> pair = Authority.write(files, "client", who);
    List<String> all =
        new ArrayList<>(
            List.of(
                "--endpoints=" + url,
                "--cacert=" + ca,
                "--cert=" + pair.get(0),
                "--key=" + pair.get(1)));
    all.addAll(List.of(command));
    return Program.run(GoProgram.ETCDCTL, "", all);
  }

  private void ok(String url, Path ca, X509Bundle who, String command) {
    Program done = etcdctl(url, ca, who, command.split(" ", -1));
    assertThat(done.status()).as("%s: %s", command, done.output()).isZero();
  }

  private void denied(String url, Path ca, X509Bundle who, String command) {
    Program done = etcdctl(url, ca, who, command.split(" ", -1));
    assertThat(done.status()).as(command).isNotZero();
    assertThat(done.output()).as(command).contains("permission denied");
  }

  /** Kamaji, driver etcd: users by certificate, a prefix each. */
  @Test
  void tenantsHaveAPrefixEach() {
    Path ca = authority.writeRoot(files);
    List<Path> pair = Authority.write(files, "server", authority.server());
    String url = "https://127.0.0.1:" + Ports.free();
    X509Bundle root = authority.client("root");
    try (Server _ =
        Rowan.overSqlite(
            "--listen-client-urls=" + url,
            "--advertise-client-urls=" + url,
            "--cert-file=" + pair.get(0),
            "--key-file=" + pair.get(1),
            "--client-cert-auth",
            "--trusted-ca-file=" + ca)) {
      ok(url, ca, root, "user add root --no-password");
      ok(url, ca, root, "user grant-role root root");
      ok(url, ca, root, "auth enable");
      for (String tenant : TENANTS) {
        ok(url, ca, root, "user add " + tenant + " --no-password");
        ok(url, ca, root, "role add " + tenant);
        ok(url, ca, root, "user grant-role " + tenant + " " + tenant);
        ok(url, ca, root, grant(tenant));
      }

      for (String tenant : TENANTS) {
        X509Bundle own = authority.client(tenant);
        String other = TENANTS.get(1 - TENANTS.indexOf(tenant));
        ok(url, ca, own, "put /" + tenant + "/registry/pods/a of-" + tenant);
        assertThat(etcdctl(url, ca, own, "get", "--prefix", "/" + tenant + "/").output())
            .isEqualTo("/" + tenant + "/registry/pods/a\nof-" + tenant + "\n");
        denied(url, ca, own, "get --prefix /" + other + "/");
        denied(url, ca, own, "put /" + other + "/registry/pods/a stolen");
        denied(url, ca, own, "get --prefix /");
        denied(url, ca, own, "user list");
      }

      // The end of a tenant.
      ok(url, ca, root, "del --prefix /blue/");
      ok(url, ca, root, "user delete blue");
      ok(url, ca, root, "role delete blue");
      denied(url, ca, authority.client("blue"), "get --prefix /blue/");
      ok(url, ca, authority.client("green"), "get --prefix /green/");
    }
  }

  private static String grant(String tenant) {
    return "role grant-permission " + tenant + " --prefix=true readwrite /" + tenant + "/";
  }

  /** K3s: the cluster's certificates, created once, read by prefix, replaced by comparing. */
  @Test
  void bootstrapDataIsCreatedOnceAndReplacedByComparing() {
    String key = "/bootstrap/5f1d";
    try (Server server = Rowan.overSqlite();
        Client client = server.client()) {
      assertThat(bootstrap(client)).isEmpty();

      assertThat(client.kv().txn(putAt(0, key, "locked")).getSucceeded()).isTrue();
      TxnResponse late = client.kv().txn(putAt(0, key, "another's"));
      assertThat(late.getSucceeded()).isFalse();

      KeyValue found = bootstrap(client).getFirst();
      assertThat(found.getValue().toStringUtf8()).isEqualTo("locked");
      assertThat(client.kv().txn(putAt(found.getModRevision(), key, "certificates")).getSucceeded())
          .isTrue();
      TxnResponse stale = client.kv().txn(putAt(found.getModRevision(), key, "stale"));
      assertThat(stale.getSucceeded()).isFalse();
      assertThat(stale.getResponses(0).getResponseRange().getKvs(0).getValue().toStringUtf8())
          .isEqualTo("certificates");
      assertThat(bootstrap(client)).extracting(KeyValue::getVersion).containsExactly(2L);
    }
  }

  private static List<KeyValue> bootstrap(Client client) {
    return client.kv().range(Requests.range("/bootstrap", "/bootstraq").build()).getKvsList();
  }

  private static TxnRequest putAt(long modRevision, String key, String value) {
    return TxnRequest.newBuilder()
        .addCompare(
            Requests.compare(CompareResult.EQUAL, CompareTarget.MOD, key)
                .setModRevision(modRevision))
        .addSuccess(Requests.op(Requests.put(key, value)))
        .addFailure(Requests.op(Requests.get(key)))
        .build();
  }
}
