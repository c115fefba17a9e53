package dev.rowan.maintenance;

import dev.rowan.cluster.Identity;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.AlarmResponse;
import dev.rowan.proto.etcdserverpb.DowngradeInfo;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.SnapshotRequest;
import dev.rowan.proto.etcdserverpb.SnapshotResponse;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import dev.rowan.snapshot.Snapshots;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** The Maintenance service. */
public final class MaintenanceService extends MaintenanceGrpc.MaintenanceImplBase {
  private final Identity identity;
  private final String version;
  private final String storageVersion;
  private final RevisionLog log;
  private final KeyIndex index;
  private final Executor readers;
  private final Snapshots snapshots;

  /**
   * Makes the service.
   *
   * @param version the version of etcd that Rowan is compatible with
   * @param storageVersion the version of its store
   * @param readers runs what asks the database
   */
  public MaintenanceService(
      Identity identity,
      String version,
      String storageVersion,
      RevisionLog log,
      KeyIndex index,
      Executor readers,
      Snapshots snapshots) {
    this.identity = identity;
    this.version = version;
    this.storageVersion = storageVersion;
    this.log = log;
    this.index = index;
    this.readers = readers;
    this.snapshots = snapshots;
  }

  /** M-1. The Raft index counts the batches of the log, all of which are applied. */
  @Override
  public void status(StatusRequest request, StreamObserver<StatusResponse> reply) {
    try {
      readers.execute(() -> answer(reply));
    } catch (RejectedExecutionException e) {
      reply.onError(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }

  private void answer(StreamObserver<StatusResponse> reply) {
    StatusResponse response;
    try {
      RevisionLog.LogSize size = log.size();
      KeyIndexView view = index.view();
      response =
          StatusResponse.newBuilder()
              .setHeader(identity.header(view.revision()))
              .setVersion(version)
              .setDbSize(size.bytes())
              .setDbSizeInUse(size.bytesInUse())
              .setLeader(identity.memberId())
              .setRaftIndex(view.position())
              .setRaftAppliedIndex(view.position())
              .setRaftTerm(identity.term())
              .setStorageVersion(storageVersion)
              .setDbSizeQuota(-1)
              .setDowngradeInfo(DowngradeInfo.getDefaultInstance())
              .build();
    } catch (LogException e) {
      reply.onError(EtcdError.TIMED_OUT.exception());
      return;
    }
    reply.onNext(response);
    reply.onCompleted();
  }

  @Override
  public void snapshot(SnapshotRequest request, StreamObserver<SnapshotResponse> reply) {
    snapshots.send(reply);
  }

  /** M-2, as far as there are alarms: this version raises none, so there are none to list. */
  @Override
  public void alarm(AlarmRequest request, StreamObserver<AlarmResponse> reply) {
    if (request.getAction() != AlarmAction.GET) {
      super.alarm(request, reply);
      return;
    }
    reply.onNext(
        AlarmResponse.newBuilder().setHeader(identity.header(index.view().revision())).build());
    reply.onCompleted();
  }
}
