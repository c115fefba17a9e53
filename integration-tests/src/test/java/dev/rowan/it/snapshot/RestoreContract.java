package dev.rowan.it.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.it.Client;
import dev.rowan.it.Etcd;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.AuthGrpc;
import dev.rowan.proto.etcdserverpb.AuthenticateRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What a restored store is: its accounts, and what is left of a restore that was cut short. */
abstract class RestoreContract {
  private static final String[] AS_ROOT = {"--user=root:secret"};

  private static final int VALUES = 96;
  private static final int VALUE_BYTES = 1 << 20;

  /** Bytes in the target from which on a restore is under way, and long before its end. */
  private static final long UNDER_WAY_BYTES = 8L << 20;

  /** The endpoint of a new and empty store. */
  abstract String newStore();

  /** Bytes that a store takes of its disk, with what is not committed. */
  abstract long bytes(String endpoint) throws Exception;

  private static String asRoot(Server server, String... arguments) {
    String[] all = new String[arguments.length + 1];
    all[0] = AS_ROOT[0];
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    return Tools.etcdctl(server, all);
  }

  private static void enableAuth(Server server) {
    Tools.etcdctl(server, "put", "a/1", "one");
    Tools.etcdctl(server, "put", "b/1", "two");
    Tools.etcdctl(server, "role", "add", "reader");
    Tools.etcdctl(server, "role", "grant-permission", "reader", "--prefix=true", "read", "a/");
    Tools.etcdctl(server, "user", "add", "root:secret");
    Tools.etcdctl(server, "user", "grant-role", "root", "root");
    Tools.etcdctl(server, "user", "add", "alice:hers");
    Tools.etcdctl(server, "user", "grant-role", "alice", "reader");
    Tools.etcdctl(server, "auth", "enable");
  }

  private static List<String> accounts(Server server) {
    return List.of(
        asRoot(server, "auth", "status"),
        asRoot(server, "user", "list"),
        asRoot(server, "user", "get", "alice"),
        asRoot(server, "role", "get", "reader"));
  }

  private static String login(Client client) {
    return AuthGrpc.newBlockingStub(client.channel())
        .authenticate(AuthenticateRequest.newBuilder().setName("alice").setPassword("hers").build())
        .getToken();
  }

  private static RangeResponse get(Client client, String token, String key) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER), token);
    return client
        .kv()
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
        .range(Requests.get(key).build());
  }

  /** the same users may do the same, and everybody has to log in again. */
  private void assertAuthGoesThrough(Server source) throws Exception {
    enableAuth(source);
    List<String> before = accounts(source);
    assertThat(before.getFirst()).contains("true");
    Path snapshot = Server.newFolder("snapshot").resolve("snapshot.db");
    asRoot(source, "snapshot", "save", snapshot.toString());
    try (Client client = source.client()) {
      String token = login(client);
      assertThat(get(client, token, "a/1").getCount()).isEqualTo(1);
      try (Server restored = Tools.rowanOver(snapshot, newStore());
          Client there = restored.client()) {
        assertThat(accounts(restored)).isEqualTo(before);
        assertThatThrownBy(() -> get(there, token, "a/1"))
            .hasMessage("UNAUTHENTICATED: etcdserver: invalid auth token");
        assertThatThrownBy(() -> there.kv().range(Requests.get("a/1").build()))
            .hasMessage("INVALID_ARGUMENT: etcdserver: user name is empty");
        String fresh = login(there);
        assertThat(get(there, fresh, "a/1").getKvs(0).getValue().toStringUtf8()).isEqualTo("one");
        assertThatThrownBy(() -> get(there, fresh, "b/1"))
            .hasMessage("PERMISSION_DENIED: etcdserver: permission denied");
        restored.killAndStartAgain();
        assertThat(accounts(restored)).isEqualTo(before);
      }
    }
  }

  @Test
  void authOfAnEtcdIsOnInTheRestoredStore() throws Exception {
    try (Server etcd = Etcd.start("--bcrypt-cost=4")) {
      assertAuthGoesThrough(etcd);
    }
  }

  @Test
  void authOfARowanIsOnInTheRestoredStore() throws Exception {
    try (Server rowan = Rowan.over(newStore(), "--bcrypt-cost=4")) {
      assertAuthGoesThrough(rowan);
    }
  }

  /** Nothing of it is there then: the store may be served as an empty one, or restored again. */
  @Test
  void restoreThatIsKilledLeavesAnEmptyStore() throws Exception {
    Path snapshot;
    try (Server source = Rowan.overSqlite();
        Client client = source.client()) {
      fill(client);
      snapshot = Tools.save(source);
    }
    String served = newStore();
    killRestore(snapshot, served);
    try (Server server = Rowan.over(served);
        Client client = server.client()) {
      RangeResponse all = client.kv().range(Requests.all().build());
      assertThat(all.getCount()).isZero();
      assertThat(all.getHeader().getRevision()).isEqualTo(1);
    }
    String again = newStore();
    killRestore(snapshot, again);
    try (Server server = Tools.rowanOver(snapshot, again);
        Client client = server.client()) {
      assertThat(client.kv().range(Requests.all().setCountOnly(true).build()).getCount())
          .isEqualTo(VALUES);
    }
  }

  private static void fill(Client client) {
    SplittableRandom random = new SplittableRandom(8);
    byte[] value = new byte[VALUE_BYTES];
    for (int i = 0; i < VALUES; i++) {
      random.nextBytes(value);
      client.kv().put(Requests.put("key-" + i, "").setValue(ByteString.copyFrom(value)).build());
    }
  }

  private void killRestore(Path snapshot, String endpoint) throws Exception {
    long before = bytes(endpoint);
    try (ServerProcess restoring = Rowan.restoring(snapshot, endpoint)) {
      await()
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(2))
          .failFast("it ended before", () -> !restoring.isAlive())
          .until(() -> bytes(endpoint) > before + UNDER_WAY_BYTES);
      restoring.kill();
      assertThat(restoring.log()).isEmpty();
    }
  }
}
