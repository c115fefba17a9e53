package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.TwoMembers.Way;
import dev.rowan.auth.Caller;
import dev.rowan.grpc.TestCall;
import dev.rowan.mvcc.Command;
import dev.rowan.proto.etcdserverpb.AuthEnableRequest;
import dev.rowan.proto.etcdserverpb.AuthGrpc;
import dev.rowan.proto.etcdserverpb.AuthUserAddRequest;
import dev.rowan.proto.etcdserverpb.AuthUserGrantRoleRequest;
import dev.rowan.proto.etcdserverpb.AuthenticateRequest;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.KVGrpc.KVBlockingStub;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.rowanpb.Call;
import dev.rowan.proto.rowanpb.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clients of a member that does not lead: the other one puts in order what they ask. */
class ForwardingTest {
  private static final ByteString KEY = ByteString.copyFromUtf8("k");

  @TempDir Path folder;
  private TwoMembers members;
  private KVBlockingStub kv;

  @BeforeEach
  void open() throws Exception {
    members = new TwoMembers(folder);
    members.lead(members.one);
    members.one.serve();
    members.other.serve();
    kv = KVGrpc.newBlockingStub(members.other.channel());
  }

  @AfterEach
  void close() {
    members.close();
  }

  private static PutRequest put(String value) {
    return PutRequest.newBuilder().setKey(KEY).setValue(ByteString.copyFromUtf8(value)).build();
  }

  private Future<PutResponse> asked(String value) {
    return KVGrpc.newFutureStub(members.other.channel()).put(put(value));
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.get(20, TimeUnit.SECONDS);
  }

  private static RangeResponse serializable(TwoMembers.Member member) {
    return KVGrpc.newBlockingStub(member.channel())
        .range(RangeRequest.newBuilder().setKey(KEY).setSerializable(true).build());
  }

  /** C-5: of the member that was asked; KV-3: and it has what it answered. */
  @Test
  void theLeaderPutsInOrderAndTheMemberThatWasAskedAnswers() {
    int before = members.other.access.appends.get();
    for (int i = 1; i <= 20; i++) {
      PutResponse response = kv.put(put("v" + i));

      assertThat(response.getHeader())
          .isEqualTo(members.other.store.identity.header(response.getHeader().getRevision()));
      RangeResponse read = serializable(members.other);
      assertThat(read.getKvs(0).getModRevision()).isEqualTo(response.getHeader().getRevision());
      assertThat(read.getKvs(0).getValue().toStringUtf8()).isEqualTo("v" + i);
    }
    assertThat(members.other.access.appends.get()).isEqualTo(before);
    assertThat(members.other.calls.get()).isEqualTo(20);
    assertThat(members.one.calls.get()).isZero();
  }

  @Test
  void anAnswerWaitsUntilTheMemberThatWasAskedHasReadIt() throws Exception {
    kv.put(put("known"));
    members.other.access.hold();
    Future<PutResponse> written = asked("written");

    await().until(() -> serializable(members.one).getKvs(0).getVersion() == 2);
    assertThat(serializable(members.other).getKvs(0).getVersion()).isEqualTo(1);
    assertThat(written.isDone()).isFalse();
    members.other.access.release();

    assertThat(get(written).getHeader().getRevision())
        .isEqualTo(serializable(members.other).getKvs(0).getModRevision());
  }

  @Test
  void refusalsComeBackAsTheyAre() {
    LeaseGrpc.LeaseBlockingStub leases = LeaseGrpc.newBlockingStub(members.other.channel());

    assertThatThrownBy(() -> leases.leaseRevoke(LeaseRevokeRequest.newBuilder().setID(5).build()))
        .hasMessage("NOT_FOUND: etcdserver: requested lease not found");
    assertThatThrownBy(() -> kv.put(put("v").toBuilder().setLease(5).build()))
        .hasMessage("NOT_FOUND: etcdserver: requested lease not found");
    assertThatThrownBy(() -> kv.compact(CompactionRequest.newBuilder().setRevision(99).build()))
        .hasMessage("OUT_OF_RANGE: etcdserver: mvcc: required revision is a future revision");
    assertThat(members.other.calls.get()).isEqualTo(3);
  }

  /** T-8: the caller goes along, and the leader decides. */
  @Test
  void whoeverAsksHereIsKnownThere() {
    var auth = AuthGrpc.newBlockingStub(members.other.channel());
    for (String name : List.of("root", "alice")) {
      var _ = auth.userAdd(AuthUserAddRequest.newBuilder().setName(name).setPassword(name).build());
    }
    var _ =
        auth.userGrantRole(
            AuthUserGrantRoleRequest.newBuilder().setUser("root").setRole("root").build());
    var _ = auth.authEnable(AuthEnableRequest.getDefaultInstance());

    assertThatThrownBy(() -> kv.put(put("nobody's")))
        .hasMessage("INVALID_ARGUMENT: etcdserver: user name is empty");
    assertThatThrownBy(() -> as("alice").put(put("alice's")))
        .hasMessage("PERMISSION_DENIED: etcdserver: permission denied");
    assertThat(as("root").put(put("root's")).getHeader().getRevision()).isGreaterThan(1);
    assertThat(members.other.access.appends.get()).isLessThanOrEqualTo(1); // its term
  }

  private KVBlockingStub as(String name) {
    String token =
        AuthGrpc.newBlockingStub(members.other.channel())
            .authenticate(AuthenticateRequest.newBuilder().setName(name).setPassword(name).build())
            .getToken();
    return KVGrpc.newBlockingStub(members.other.as(token));
  }

  @Test
  void whatComesWhileCallsAreUnderWayGoesTogether() throws Exception {
    members.other.way = Way.HOLDS;
    List<Future<PutResponse>> asked = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      asked.add(asked("v" + i));
    }
    await().until(() -> members.other.heldCalls() == 4);
    assertThat(asked).noneMatch(Future::isDone);
    members.other.letGo();
    for (Future<PutResponse> one : asked) {
      get(one);
    }

    assertThat(serializable(members.other).getKvs(0).getVersion()).isEqualTo(500);
    assertThat(members.other.calls.get()).isLessThan(50);
  }

  @Test
  void whatNeverGotThereIsTriedAgainAndCarriedOutOnce() throws Exception {
    members.other.way = Way.LOSES_CALLS;
    List<Future<PutResponse>> asked = List.of(asked("a"), asked("b"), asked("c"));
    await().until(() -> members.other.calls.get() >= 3);
    assertThat(asked).noneMatch(Future::isDone);
    members.other.way = Way.CARRIES;

    for (Future<PutResponse> one : asked) {
      get(one);
    }
    assertThat(serializable(members.other).getKvs(0).getVersion()).isEqualTo(3);
  }

  @Test
  void whatNeverGotThereIsCarriedOutHereOnceThisMemberLeads() throws Exception {
    members.other.way = Way.LOSES_CALLS;
    Future<PutResponse> asked = asked("a");
    await().until(() -> members.other.calls.get() >= 1);
    int before = members.other.access.appends.get();
    members.lead(members.other);

    assertThat(get(asked).getHeader().getMemberId()).isEqualTo(members.other.id());
    assertThat(serializable(members.other).getKvs(0).getVersion()).isEqualTo(1);
    assertThat(members.other.access.appends.get()).isGreaterThan(before);
  }

  @Test
  void aMemberThatLeadsNoMoreCarriesNothingOut() throws Exception {
    members.one.relay.changed(7, 0);
    Future<PutResponse> asked = asked("a");
    await().until(() -> members.other.calls.get() >= 2);
    assertThat(asked.isDone()).isFalse();
    assertThat(serializable(members.one).getKvsCount()).isZero();
    members.lead(members.one);

    get(asked);
    assertThat(serializable(members.other).getKvs(0).getVersion()).isEqualTo(1);
  }

  @Test
  void whatIsLostOnTheWayBackIsReportedAsUnknownAndNeverRepeated() throws Exception {
    members.other.way = Way.LOSES_REPLIES;

    assertThatThrownBy(() -> kv.put(put("a")))
        .hasMessage(
            "UNAVAILABLE: etcdserver: request timed out, possibly due to previous leader failure");
    members.other.way = Way.CARRIES;
    kv.put(put("b"));

    assertThat(serializable(members.other).getKvs(0).getVersion()).isEqualTo(2);
  }

  @Test
  void whatChangesNothingIsAskedAgain() throws Exception {
    var leases = LeaseGrpc.newFutureStub(members.other.channel());
    get(leases.leaseGrant(LeaseGrantRequest.newBuilder().setID(5).setTTL(100).build()));
    members.other.way = Way.LOSES_REPLIES;
    var asked = leases.leaseTimeToLive(LeaseTimeToLiveRequest.newBuilder().setID(5).build());
    await().until(() -> members.other.calls.get() >= 3);
    members.other.way = Way.CARRIES;

    assertThat(get(asked).getGrantedTTL()).isEqualTo(100);
  }

  @Test
  void withoutALeaderCommandsWaitUntilTheirTimeIsOver() throws Exception {
    members.one.relay.changed(7, 0);
    members.other.relay.changed(7, 0);
    Future<PutResponse> late = asked("late");
    await().until(() -> !late.isDone());
    members.other.store.sequencer.refuseLate(System.nanoTime());
    assertThat(late.isDone()).isFalse();
    members.other.store.sequencer.refuseLate(System.nanoTime() + Duration.ofSeconds(8).toNanos());

    assertThatThrownBy(() -> get(late))
        .hasRootCauseMessage("DEADLINE_EXCEEDED: context deadline exceeded");
    Future<PutResponse> patient = asked("patient");
    members.lead(members.one);
    get(patient);
    assertThat(serializable(members.other).getKvs(0).getVersion()).isEqualTo(1);
  }

  /** C-10: as etcd tells them apart. */
  @Test
  void whatALeaderNeverAnswersIsRefusedWhenItsTimeIsOver() {
    members.other.way = Way.HOLDS;
    Future<PutResponse> before = asked("before");
    await().until(() -> members.other.heldCalls() == 1);
    members.lead(members.one);
    Future<PutResponse> after = asked("after");
    await().until(() -> members.other.heldCalls() == 2);
    members.other.store.sequencer.refuseLate(System.nanoTime() + Duration.ofSeconds(8).toNanos());

    assertThatThrownBy(() -> get(before))
        .hasRootCauseMessage(
            "UNAVAILABLE: etcdserver: request timed out, possibly due to previous leader failure");
    assertThatThrownBy(() -> get(after))
        .hasRootCauseMessage("UNAVAILABLE: etcdserver: request timed out");
  }

  @Test
  void whatWasUnderWayWhenTheLastLeaderWasLostIsRefusedWhenItsTimeIsOver() {
    members.other.way = Way.HOLDS;
    Future<PutResponse> asked = asked("a");
    await().until(() -> members.other.heldCalls() == 1);
    members.other.relay.changed(7, 0);
    members.other.store.sequencer.refuseLate(System.nanoTime() + Duration.ofSeconds(8).toNanos());

    assertThatThrownBy(() -> get(asked))
        .hasRootCauseMessage(
            "UNAVAILABLE: etcdserver: request timed out, possibly due to connection lost");
  }

  @Test
  void noMoreWaitThanMayWait() {
    members.other.relay.changed(7, 0);
    List<TestCall<PutResponse>> calls = new ArrayList<>();
    for (int i = 0; i <= 10_000; i++) {
      TestCall<PutResponse> call = new TestCall<>();
      calls.add(call);
      members.other.store.sequencer.submit(new Command.Put(put("v")), Caller.NOBODY, call);
    }

    assertThat(calls.removeLast().answer)
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableThat()
        .withMessageContaining("etcdserver: too many requests");
    assertThat(calls).noneMatch(call -> call.answer.isDone());
    calls.getFirst().cancel();
    members.other.store.sequencer.refuseLate(System.nanoTime());
    TestCall<PutResponse> next = new TestCall<>();
    members.other.store.sequencer.submit(new Command.Put(put("v")), Caller.NOBODY, next);
    assertThat(next.answer.isDone()).isFalse();
    members.other.store.sequencer.close();
    assertThat(next.answer)
        .failsWithin(Duration.ofSeconds(20))
        .withThrowableThat()
        .withMessageContaining("etcdserver: server stopped");
  }

  @Test
  void aCommandThatCannotBeReadIsRefusedAlone() throws Exception {
    Call call =
        Call.newBuilder()
            .addCommands(dev.rowan.proto.rowanpb.Command.getDefaultInstance())
            .addCommands(
                dev.rowan.proto.rowanpb.Command.newBuilder().setPut(put("v")).setMillisLeft(7_000))
            .build();

    Reply reply = Reply.parseFrom(get(members.one.relay.call(5, call.toByteString())));

    assertThat(reply.getAnswers(0).getRefusal()).isEqualTo("INTERNAL");
    assertThat(PutResponse.parseFrom(reply.getAnswers(1).getResponse()).getHeader())
        .isEqualTo(members.one.store.identity.header(2));
    assertThat(reply.getPosition()).isEqualTo(members.one.store.sequencer.head().position());
    assertThat(members.one.relay.call(5, ByteString.copyFromUtf8("\n")))
        .failsWithin(Duration.ofSeconds(20));
  }

  /** What each does for itself goes to nobody: terms, ends of leases, pruning. */
  @Test
  void eachMemberDoesItsOwn() throws Exception {
    int before = members.other.calls.get();
    long term = get(members.other.store.sequencer.carryOut(new Command.BeginTerm(9)));
    int ended =
        get(members.other.store.sequencer.carryOut(new Command.ExpireLeases(10, Duration.ZERO)));

    assertThat(term).isEqualTo(9);
    assertThat(ended).isZero();
    assertThat(members.other.calls.get()).isEqualTo(before);
  }

  @Test
  void aMemberThatStopsAnswersItsClients() {
    members.other.way = Way.HOLDS;
    Future<PutResponse> asked = asked("a");
    await().until(() -> members.other.heldCalls() == 1);
    members.other.store.sequencer.close();

    assertThatThrownBy(() -> get(asked))
        .hasRootCauseMessage("UNAVAILABLE: etcdserver: server stopped");
  }
}
