package dev.rowan.maintenance;

import dev.rowan.auth.Caller;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.proto.etcdserverpb.AlarmMember;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.AlarmResponse;
import dev.rowan.proto.etcdserverpb.AlarmType;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import io.grpc.stub.StreamObserver;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How large the store may grow (M-10): asked before every put, transaction and lease, and then
 * costs two reads of memory. Any thread.
 *
 * <p>What counts is the space in use, since both databases fill freed space again: after a
 * compaction there is room without defragmenting. The size is a second old at most, with what was
 * committed meanwhile; requests that are under way at the same time may exceed the quota together.
 */
public final class Quota {
  /** Bytes; etcd's default. */
  private static final long DEFAULT_BYTES = 2L << 30;

  /** What etcd counts a put as, beside key and value. */
  private static final long PUT_BYTES = 256;

  /** What etcd counts a lease as. */
  private static final int LEASE_BYTES = 64;

  private static final Logger log = LoggerFactory.getLogger(Quota.class);

  private final long configuredBytes;
  private final StoreSize size;
  private final AlarmBook alarms;
  private final Sequencer sequencer;
  private final AlarmMember ownAlarm;

  /**
   * Makes a quota.
   *
   * @param configuredBytes as configured: 0 for the default, negative for none
   * @param memberId who raises the alarm
   */
  public Quota(
      long configuredBytes, StoreSize size, AlarmBook alarms, Sequencer sequencer, long memberId) {
    this.configuredBytes = configuredBytes == 0 ? DEFAULT_BYTES : configuredBytes;
    this.size = size;
    this.alarms = alarms;
    this.sequencer = sequencer;
    this.ownAlarm =
        AlarmMember.newBuilder().setMemberID(memberId).setAlarm(AlarmType.NOSPACE).build();
  }

  /** The quota as Status has it: negative for none. */
  public long bytes() {
    return configuredBytes;
  }

  public boolean allows(PutRequest put) {
    return allows(cost(put));
  }

  public boolean allows(TxnRequest txn) {
    return allows(cost(txn));
  }

  public boolean allowsLease() {
    return allows(LEASE_BYTES);
  }

  private boolean allows(long cost) {
    return cost == 0 || configuredBytes < 0 || size.bytesInUse() + cost < configuredBytes;
  }

  private static long cost(PutRequest put) {
    return PUT_BYTES + put.getKey().size() + put.getValue().size();
  }

  /** What a transaction may add: of its branches, the dearer one. 0 if it has no put. */
  public static long cost(TxnRequest txn) {
    return Math.max(cost(txn.getSuccessList()), cost(txn.getFailureList()));
  }

  private static long cost(List<RequestOp> ops) {
    long cost = 0;
    for (RequestOp op : ops) {
      if (op.hasRequestPut()) {
        cost += cost(op.getRequestPut());
      } else if (op.hasRequestTxn()) {
        cost += cost(op.getRequestTxn());
      }
    }
    return cost;
  }

  /** Refuses a request that the quota doesn't allow, once the alarm is raised. */
  public void refuse(StreamObserver<?> reply) {
    EtcdException refusal = EtcdError.NO_SPACE.exception();
    if (alarms.committed().contains(ownAlarm)) {
      reply.onError(refusal);
      return;
    }
    AlarmRequest raise =
        AlarmRequest.newBuilder()
            .setAction(AlarmAction.ACTIVATE)
            .setMemberID(ownAlarm.getMemberID())
            .setAlarm(AlarmType.NOSPACE)
            .build();
    sequencer.submit(
        new Command.Alarm(raise),
        Caller.INTERNAL,
        new StreamObserver<AlarmResponse>() {
          @Override
          public void onNext(AlarmResponse response) {
            log.atError()
                .addKeyValue("bytesInUse", size.bytesInUse())
                .addKeyValue("quotaBytes", configuredBytes)
                .log("the database has reached its quota; it takes no more puts");
          }

          @Override
          public void onError(Throwable t) {
            reply.onError(refusal);
          }

          @Override
          public void onCompleted() {
            reply.onError(refusal);
          }
        });
  }
}
