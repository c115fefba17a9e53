package dev.rowan.maintenance;

import dev.rowan.auth.Authenticator;
import dev.rowan.auth.Credentials;
import dev.rowan.cluster.Identity;
import dev.rowan.cluster.Leadership;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.AlarmResponse;
import dev.rowan.proto.etcdserverpb.DefragmentRequest;
import dev.rowan.proto.etcdserverpb.DefragmentResponse;
import dev.rowan.proto.etcdserverpb.DowngradeInfo;
import dev.rowan.proto.etcdserverpb.DowngradeRequest;
import dev.rowan.proto.etcdserverpb.DowngradeRequest.DowngradeAction;
import dev.rowan.proto.etcdserverpb.DowngradeResponse;
import dev.rowan.proto.etcdserverpb.HashKVRequest;
import dev.rowan.proto.etcdserverpb.HashKVResponse;
import dev.rowan.proto.etcdserverpb.HashRequest;
import dev.rowan.proto.etcdserverpb.HashResponse;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.MoveLeaderRequest;
import dev.rowan.proto.etcdserverpb.MoveLeaderResponse;
import dev.rowan.proto.etcdserverpb.SnapshotRequest;
import dev.rowan.proto.etcdserverpb.SnapshotResponse;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import dev.rowan.snapshot.Snapshots;
import io.grpc.stub.StreamObserver;

/** The Maintenance service. Alarms and downgrades are commands, so they are in the one order. */
public final class MaintenanceService extends MaintenanceGrpc.MaintenanceImplBase {
  private final Identity identity;
  private final Authenticator authenticator;
  private final Versions versions;
  private final KeyIndex index;
  private final Sequencer sequencer;
  private final Standing standing;
  private final HashCalls hashes;
  private final Defragmenter defragmenter;
  private final Snapshots snapshots;

  /**
   * What Status answers.
   *
   * @param api the version of etcd that Rowan is compatible with
   * @param storage the version of its store
   */
  public record Versions(String api, String storage) {}

  /** What Status tells of the store beside its revisions; read without asking the database. */
  public record Standing(
      StoreSize size,
      Quota quota,
      AlarmBook alarms,
      DowngradeJob downgrade,
      Leadership leadership) {}

  public MaintenanceService(
      Identity identity,
      Authenticator authenticator,
      Versions versions,
      KeyIndex index,
      Sequencer sequencer,
      Standing standing,
      HashCalls hashes,
      Defragmenter defragmenter,
      Snapshots snapshots) {
    this.identity = identity;
    this.authenticator = authenticator;
    this.versions = versions;
    this.index = index;
    this.sequencer = sequencer;
    this.standing = standing;
    this.hashes = hashes;
    this.defragmenter = defragmenter;
    this.snapshots = snapshots;
  }

  /** M-1. */
  @Override
  public void status(StatusRequest request, StreamObserver<StatusResponse> reply) {
    RevisionLog.LogSize size = standing.size.measured();
    KeyIndexView view = index.view();
    Leadership.Place place = standing.leadership.place();
    StatusResponse.Builder response =
        StatusResponse.newBuilder()
            .setHeader(identity.header(view.revision()))
            .setVersion(versions.api)
            .setDbSize(size.bytes())
            .setDbSizeInUse(size.bytesInUse())
            .setLeader(place.leaderId())
            .setRaftIndex(place.index())
            .setRaftAppliedIndex(place.appliedIndex())
            .setRaftTerm(place.term())
            .setIsLearner(place.learner())
            .setStorageVersion(versions.storage)
            .setDbSizeQuota(standing.quota.bytes())
            .setDowngradeInfo(downgradeInfo());
    if (!place.leaderKnown()) {
      response.addErrors(EtcdError.NO_LEADER.text());
    }
    standing.alarms.committed().all().forEach(alarm -> response.addErrors(Alarms.text(alarm)));
    answer(reply, response.build());
  }

  private DowngradeInfo downgradeInfo() {
    String target = standing.downgrade.committedTarget();
    return target == null
        ? DowngradeInfo.getDefaultInstance()
        : DowngradeInfo.newBuilder().setEnabled(true).setTargetVersion(target).build();
  }

  /** M-2. An unknown action ends the process of an etcd. */
  @Override
  public void alarm(AlarmRequest request, StreamObserver<AlarmResponse> reply) {
    if (request.getAction() == AlarmAction.UNRECOGNIZED) {
      reply.onError(EtcdError.UNKNOWN_ALARM_ACTION.exception());
      return;
    }
    submit(new Command.Alarm(request), reply);
  }

  @Override
  public void defragment(DefragmentRequest request, StreamObserver<DefragmentResponse> reply) {
    defragmenter.defragment(reply);
  }

  @Override
  public void hash(HashRequest request, StreamObserver<HashResponse> reply) {
    hashes.hash(reply);
  }

  @Override
  public void hashKV(HashKVRequest request, StreamObserver<HashKVResponse> reply) {
    hashes.hashKv(request, reply);
  }

  /** M-7. No header, as etcd's. */
  @Override
  public void moveLeader(MoveLeaderRequest request, StreamObserver<MoveLeaderResponse> reply) {
    var _ =
        standing
            .leadership
            .moveTo(request.getTargetID())
            .whenComplete((moved, refusal) -> {
              if (refusal == null) {
                answer(reply, MoveLeaderResponse.getDefaultInstance());
              } else {
                reply.onError(refusal);
              }
            });
  }

  /** M-8. */
  @Override
  public void downgrade(DowngradeRequest request, StreamObserver<DowngradeResponse> reply) {
    try {
      if (request.getAction() == DowngradeAction.UNRECOGNIZED) {
        throw EtcdError.UNKNOWN_METHOD.exception();
      }
      String target =
          request.getAction() == DowngradeAction.CANCEL
              ? null
              : DowngradeVersion.target(request.getVersion());
      submit(new Command.Downgrade(request.getAction(), target), reply);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }

  private <R> void submit(Command<R> command, StreamObserver<R> reply) {
    try {
      sequencer.submit(command, authenticator.caller(Credentials.current()), reply);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }

  private static <R> void answer(StreamObserver<R> reply, R response) {
    reply.onNext(response);
    reply.onCompleted();
  }

  @Override
  public void snapshot(SnapshotRequest request, StreamObserver<SnapshotResponse> reply) {
    snapshots.send(reply);
  }
}
