package dev.rowan.it.clients;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.it.Server;
import io.etcd.jetcd.Auth;
import io.etcd.jetcd.ByteSequence;
import io.etcd.jetcd.Client;
import io.etcd.jetcd.ClientBuilder;
import io.etcd.jetcd.Election;
import io.etcd.jetcd.KV;
import io.etcd.jetcd.Lease;
import io.etcd.jetcd.Watch;
import io.etcd.jetcd.auth.Permission;
import io.etcd.jetcd.election.LeaderKey;
import io.etcd.jetcd.election.LeaderResponse;
import io.etcd.jetcd.election.NoLeaderException;
import io.etcd.jetcd.election.NotLeaderException;
import io.etcd.jetcd.kv.TxnResponse;
import io.etcd.jetcd.lease.LeaseKeepAliveResponse;
import io.etcd.jetcd.op.Cmp;
import io.etcd.jetcd.op.CmpTarget;
import io.etcd.jetcd.op.Op;
import io.etcd.jetcd.options.DeleteOption;
import io.etcd.jetcd.options.GetOption;
import io.etcd.jetcd.options.LeaseOption;
import io.etcd.jetcd.options.PutOption;
import io.etcd.jetcd.options.WatchOption;
import io.etcd.jetcd.support.CloseableClient;
import io.etcd.jetcd.watch.WatchEvent;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;

/** jetcd, a Java client of etcd, against Rowan. */
@TestInstance(Lifecycle.PER_CLASS)
abstract class JetcdContract {
  private static final long SECONDS_MAX = 30;

  private Server server;
  private Client client;

  /** Starts a server over an empty store. */
  abstract Server start();

  @BeforeAll
  void open() {
    server = start();
    client = client(server).build();
  }

  private static ClientBuilder client(Server server) {
    return Client.builder().endpoints("http://127.0.0.1:" + server.port());
  }

  @AfterAll
  void close() {
    client.close();
    server.close();
  }

  @Test
  void keysArePutReadAndDeleted() throws Exception {
    KV kv = client.getKVClient();
    long created = await(kv.put(bytes("kv/a"), bytes("1"))).getHeader().getRevision();
    var put = kv.put(bytes("kv/a"), bytes("2"), PutOption.builder().withPrevKV().build());

    assertThat(await(put).getPrevKv().getValue()).isEqualTo(bytes("1"));
    var old = kv.get(bytes("kv/a"), GetOption.builder().withRevision(created).build());
    assertThat(await(old).getKvs().getFirst().getValue()).isEqualTo(bytes("1"));
    var all = kv.get(bytes("kv/"), GetOption.builder().isPrefix(true).build());
    assertThat(await(all).getCount()).isEqualTo(1);
    var deleted = kv.delete(bytes("kv/"), DeleteOption.builder().isPrefix(true).build());
    assertThat(await(deleted).getDeleted()).isEqualTo(1);
    assertThatThrownBy(() -> await(kv.put(bytes(""), bytes("v"))))
        .hasRootCauseMessage("INVALID_ARGUMENT: etcdserver: key is not provided");
  }

  /** On a server of its own: auth is of the whole store. */
  @Test
  void usersDoWhatTheirRolesAllow() throws Exception {
    try (Server own = start();
        Client nobody = client(own).build();
        Client root = client(own).user(bytes("root")).password(bytes("secret")).build();
        Client alice = client(own).user(bytes("alice")).password(bytes("hers")).build()) {
      Auth auth = nobody.getAuthClient();
      var _ = await(auth.userAdd(bytes("root"), bytes("secret")));
      var _ = await(auth.userGrantRole(bytes("root"), bytes("root")));
      var _ = await(auth.userAdd(bytes("alice"), bytes("hers")));
      var _ = await(auth.roleAdd(bytes("part")));
      var _ =
          await(
              auth.roleGrantPermission(
                  bytes("part"), bytes("a"), bytes("b"), Permission.Type.READWRITE));
      var _ = await(auth.userGrantRole(bytes("alice"), bytes("part")));
      var _ = await(auth.authEnable());

      KV kv = alice.getKVClient();
      var _ = await(kv.put(bytes("a"), bytes("1")));
      assertThat(await(kv.get(bytes("a"))).getKvs().getFirst().getValue()).isEqualTo(bytes("1"));
      assertThatThrownBy(() -> await(kv.put(bytes("b"), bytes("1"))))
          .hasRootCauseMessage("PERMISSION_DENIED: etcdserver: permission denied");
      assertThatThrownBy(() -> await(alice.getAuthClient().userList()))
          .hasRootCauseMessage("etcdserver: permission denied");
      assertThat(await(root.getAuthClient().userList()).getUsers())
          .containsExactly("alice", "root");

      var _ = await(root.getAuthClient().userChangePassword(bytes("alice"), bytes("hers")));
      var _ = await(kv.put(bytes("a"), bytes("2")));

      var _ = await(root.getAuthClient().authDisable());
      var _ = await(nobody.getKVClient().put(bytes("b"), bytes("1")));
    }
  }

  @Test
  void transactionsChooseABranch() throws Exception {
    Cmp missing = new Cmp(bytes("txn"), Cmp.Op.EQUAL, CmpTarget.version(0));

    assertThat(await(createOrGet(missing)).isSucceeded()).isTrue();
    TxnResponse second = await(createOrGet(missing));
    assertThat(second.isSucceeded()).isFalse();
    assertThat(second.getGetResponses().getFirst().getKvs().getFirst().getValue())
        .isEqualTo(bytes("first"));
  }

  private CompletableFuture<TxnResponse> createOrGet(Cmp missing) {
    return client
        .getKVClient()
        .txn()
        .If(missing)
        .Then(Op.put(bytes("txn"), bytes("first"), PutOption.DEFAULT))
        .Else(Op.get(bytes("txn"), GetOption.DEFAULT))
        .commit();
  }

  @Test
  void watchesFollowFromARevision() throws Exception {
    KV kv = client.getKVClient();
    long first = await(kv.put(bytes("watched"), bytes("1"))).getHeader().getRevision();
    BlockingQueue<WatchEvent> events = new LinkedBlockingQueue<>();
    WatchOption option = WatchOption.builder().withRevision(first).withPrevKV(true).build();
    try (Watch.Watcher _ =
        client
            .getWatchClient()
            .watch(bytes("watched"), option, answer -> events.addAll(answer.getEvents()))) {
      assertThat(next(events).getKeyValue().getValue()).isEqualTo(bytes("1"));
      var _ = await(kv.delete(bytes("watched")));
      WatchEvent deletion = next(events);
      assertThat(deletion.getEventType()).isEqualTo(WatchEvent.EventType.DELETE);
      assertThat(deletion.getPrevKV().getValue()).isEqualTo(bytes("1"));
    }
  }

  @Test
  void leasesAreKeptAlive() throws Exception {
    Lease leases = client.getLeaseClient();
    long lease = await(leases.grant(2)).getID();
    var option = PutOption.builder().withLeaseId(lease).build();
    var _ = await(client.getKVClient().put(bytes("leased"), bytes("v"), option));
    BlockingQueue<LeaseKeepAliveResponse> renewals = new LinkedBlockingQueue<>();
    try (CloseableClient _ = leases.keepAlive(lease, into(renewals))) {
      for (int i = 0; i < 5; i++) {
        assertThat(next(renewals).getTTL()).isEqualTo(2);
      }
      var left = leases.timeToLive(lease, LeaseOption.builder().withAttachedKeys().build());
      assertThat(await(left).getKeys()).containsExactly(bytes("leased"));
    }
    var _ = await(leases.revoke(lease));
    assertThat(await(client.getKVClient().get(bytes("leased"))).getKvs()).isEmpty();
  }

  @Test
  void locksExcludeEachOther() throws Exception {
    long first = await(client.getLeaseClient().grant(100)).getID();
    long second = await(client.getLeaseClient().grant(100)).getID();
    var lock = client.getLockClient();
    ByteSequence held = await(lock.lock(bytes("lock"), first)).getKey();

    var waiting = lock.lock(bytes("lock"), second);
    assertThat(held).isEqualTo(bytes("lock/" + Long.toHexString(first)));
    assertThat(waiting).isNotDone();
    var _ = await(lock.unlock(held));
    ByteSequence next = await(waiting).getKey();
    assertThat(next).isEqualTo(bytes("lock/" + Long.toHexString(second)));
    var _ = await(lock.unlock(next));
    assertThatThrownBy(() -> await(lock.lock(bytes("lock"), 404)))
        .hasRootCauseMessage("UNKNOWN: etcdserver: requested lease not found");
  }

  @Test
  void electionsHaveOneLeaderAtATime() throws Exception {
    long lease = await(client.getLeaseClient().grant(100)).getID();
    Election election = client.getElectionClient();
    ByteSequence name = bytes("election");
    assertThatThrownBy(() -> await(election.leader(name)))
        .rootCause()
        .isInstanceOf(NoLeaderException.class);

    BlockingQueue<LeaderResponse> observed = new LinkedBlockingQueue<>();
    election.observe(name, observer(observed));
    LeaderKey leader = await(election.campaign(name, lease, bytes("one"))).getLeader();
    assertThat(next(observed).getKv().getValue()).isEqualTo(bytes("one"));
    var _ = await(election.proclaim(leader, bytes("two")));
    assertThat(next(observed).getKv().getValue()).isEqualTo(bytes("two"));
    assertThat(await(election.leader(name)).getKv().getValue()).isEqualTo(bytes("two"));
    var _ = await(election.resign(leader));
    assertThatThrownBy(() -> await(election.proclaim(leader, bytes("three"))))
        .rootCause()
        .isInstanceOf(NotLeaderException.class);
  }

  @Test
  void statusIsOfALeader() throws Exception {
    var status =
        await(client.getMaintenanceClient().statusMember("http://127.0.0.1:" + server.port()));

    assertThat(status.getLeader()).isEqualTo(status.getHeader().getMemberId());
    assertThat(status.getRaftAppliedIndex())
        .isPositive()
        .isLessThanOrEqualTo(status.getRaftIndex());
    assertThat(status.getDbSizeInUse()).isPositive().isLessThanOrEqualTo(status.getDbSize());
    assertThat(await(client.getClusterClient().listMember()).getMembers()).hasSize(1);
  }

  @Test
  void compactedRevisionsAreRefused() throws Exception {
    KV kv = client.getKVClient();
    long first = await(kv.put(bytes("compacted"), bytes("1"))).getHeader().getRevision();
    long second = await(kv.put(bytes("compacted"), bytes("2"))).getHeader().getRevision();
    var _ = await(kv.compact(second));

    assertThatThrownBy(() ->
            await(kv.get(bytes("compacted"), GetOption.builder().withRevision(first).build())))
        .hasRootCauseMessage(
            "OUT_OF_RANGE: etcdserver: mvcc: required revision has been compacted");
  }

  private static ByteSequence bytes(String text) {
    return ByteSequence.from(text, UTF_8);
  }

  private static <T> T await(CompletableFuture<T> future) throws Exception {
    return future.get(SECONDS_MAX, TimeUnit.SECONDS);
  }

  private static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
    T next = queue.poll(SECONDS_MAX, TimeUnit.SECONDS);
    if (next == null) {
      throw new IllegalStateException("nothing came in " + SECONDS_MAX + " s");
    }
    return next;
  }

  private static <T> StreamObserver<T> into(BlockingQueue<T> queue) {
    return new StreamObserver<>() {
      @Override
      public void onNext(T value) {
        queue.add(value);
      }

      @Override
      public void onError(Throwable t) {}

      @Override
      public void onCompleted() {}
    };
  }

  private static Election.Listener observer(BlockingQueue<LeaderResponse> queue) {
    return new Election.Listener() {
      @Override
      public void onNext(LeaderResponse leader) {
        queue.add(leader);
      }

      @Override
      public void onError(Throwable t) {}

      @Override
      public void onCompleted() {}
    };
  }
}
