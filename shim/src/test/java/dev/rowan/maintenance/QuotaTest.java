package dev.rowan.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.LogException;
import dev.rowan.error.EtcdError;
import dev.rowan.grpc.TestCall;
import dev.rowan.mvcc.Command;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.AlarmType;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** M-10. */
class QuotaTest {
  private static final int ROOM = 1_000;

  @TempDir Path folder;
  private SmallStore store;
  private StoreSize size;

  @BeforeEach
  void open() throws LogException {
    store = new SmallStore(folder);
    size = new StoreSize(store.log);
    store.listen((view, changes) -> size.committed(changes));
  }

  @AfterEach
  void close() {
    store.close();
  }

  /** A quota with room for so many bytes more. */
  private Quota quota(long room) {
    return bytes(size.bytesInUse() + room);
  }

  private Quota bytes(long bytes) {
    return new Quota(bytes, size, store.loaded.alarms(), store.sequencer, SmallStore.MEMBER);
  }

  private static PutRequest.Builder put(int bytes) {
    return SmallStore.request("k", "v".repeat(bytes - 257));
  }

  @Test
  void requestsAreRefusedThatReachTheQuota() {
    Quota quota = quota(ROOM);

    assertThat(quota.allows(put(ROOM - 1).build())).isTrue();
    assertThat(quota.allows(put(ROOM).build())).isFalse();
    assertThat(quota.allowsLease()).isTrue();
    assertThat(quota(64).allowsLease()).isFalse();
    assertThat(quota(65).allowsLease()).isTrue();
  }

  @Test
  void aTransactionCostsItsDearerBranch() {
    RequestOp cheap = SmallStore.op(put(300));
    RequestOp dear = SmallStore.op(put(600));
    RequestOp deletion =
        RequestOp.newBuilder().setRequestDeleteRange(SmallStore.deletion("k")).build();
    TxnRequest nested = TxnRequest.newBuilder().addSuccess(dear).addFailure(cheap).build();

    assertThat(Quota.cost(TxnRequest.newBuilder().addSuccess(deletion).build())).isZero();
    assertThat(Quota.cost(nested)).isEqualTo(600);
    TxnRequest whole =
        TxnRequest.newBuilder()
            .addSuccess(cheap)
            .addFailure(cheap)
            .addFailure(RequestOp.newBuilder().setRequestTxn(nested))
            .addFailure(deletion)
            .build();
    assertThat(Quota.cost(whole)).isEqualTo(900);
    assertThat(quota(900).allows(whole)).isFalse();
    assertThat(quota(901).allows(whole)).isTrue();
    assertThat(quota(0).allows(TxnRequest.newBuilder().addSuccess(deletion).build())).isTrue();
  }

  @Test
  void zeroIsTheDefaultAndANegativeNumberNone() {
    assertThat(bytes(0).bytes()).isEqualTo(2_147_483_648L);
    assertThat(bytes(0).allows(put(ROOM).build())).isTrue();
    assertThat(bytes(-7).bytes()).isEqualTo(-7);
    assertThat(bytes(-7).allows(put(ROOM).build())).isTrue();
    assertThat(bytes(1).allowsLease()).isFalse();
  }

  @Test
  void whoeverIsRefusedFindsTheAlarmRaised() {
    Quota quota = quota(0);
    for (int i = 0; i < 2; i++) {
      TestCall<Object> call = new TestCall<>();

      quota.refuse(call);

      assertThatThrownBy(() -> SmallStore.await(call.answer))
          .isEqualTo(EtcdError.NO_SPACE.exception());
      assertThat(store.loaded.alarms().committed().all())
          .singleElement()
          .satisfies(alarm -> {
            assertThat(alarm.getMemberID()).isEqualTo(SmallStore.MEMBER);
            assertThat(alarm.getAlarm()).isEqualTo(AlarmType.NOSPACE);
          });
    }
    AlarmRequest.Builder disarm =
        AlarmRequest.newBuilder().setMemberID(SmallStore.MEMBER).setAlarm(AlarmType.NOSPACE);
    store.run(new Command.Alarm(disarm.setAction(AlarmAction.DEACTIVATE).build()));
    store.put("a", "1");
  }

  @Test
  void growthCountsBeforeItIsMeasured() {
    long before = size.bytesInUse();
    store.put("a", "v".repeat(100_000));
    assertThat(size.bytesInUse()).isBetween(before + 100_000, before + 101_000);

    size.measure();

    assertThat(size.bytesInUse())
        .isEqualTo(size.measured().bytesInUse())
        .isBetween(before + 98_304, before + 120_000);
  }
}
