package dev.rowan.mvcc;

import com.google.protobuf.ByteString;
import dev.rowan.cluster.Identity;
import dev.rowan.error.EtcdError;
import dev.rowan.maintenance.AlarmRows;
import dev.rowan.maintenance.Alarms;
import dev.rowan.maintenance.DowngradeJob;
import dev.rowan.maintenance.DowngradeVersion;
import dev.rowan.maintenance.Quota;
import dev.rowan.proto.etcdserverpb.AlarmMember;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.AlarmResponse;
import dev.rowan.proto.etcdserverpb.AlarmType;
import dev.rowan.proto.etcdserverpb.DowngradeRequest.DowngradeAction;
import dev.rowan.proto.etcdserverpb.DowngradeResponse;
import org.jspecify.annotations.Nullable;

/** Carries out what concerns the store as a whole, and refuses what its alarms forbid. */
final class MaintenanceEvaluator {
  private final Draft draft;
  private final MetaState meta;
  private final Identity identity;

  MaintenanceEvaluator(Draft draft, Identity identity) {
    this.draft = draft;
    this.meta = draft.metaState();
    this.identity = identity;
  }

  /** M-11, M-12: before permissions and everything that a request refers to (C-11). */
  void checkAlarms(Command<?> command) {
    Alarms alarms = meta.alarms().current();
    if (alarms.isEmpty()) {
      return;
    }
    if (alarms.raised(AlarmType.CORRUPT) && writes(command)) {
      throw EtcdError.CORRUPT.exception();
    }
    if (alarms.raised(AlarmType.NOSPACE) && grows(command)) {
      throw EtcdError.NO_SPACE.exception();
    }
  }

  /** Ends of leases among them, which etcd proposes as revocations. */
  private static boolean writes(Command<?> command) {
    return switch (command) {
      case Command.Put _ -> true;
      case Command.DeleteRange _ -> true;
      case Command.Txn _ -> true;
      case Command.Compact _ -> true;
      case Command.LeaseGrant _ -> true;
      case Command.LeaseRevoke _ -> true;
      case Command.ExpireLeases _ -> true;
      default -> false;
    };
  }

  /** Whether leases whose time is over may be ended: etcd would propose a revocation (M-12). */
  boolean leasesEnd() {
    return !meta.alarms().current().raised(AlarmType.CORRUPT);
  }

  private static boolean grows(Command<?> command) {
    return switch (command) {
      case Command.Put _ -> true;
      case Command.Txn txn -> Quota.cost(txn.request()) > 0;
      case Command.LeaseGrant _ -> true;
      default -> false;
    };
  }

  /** M-2. A list needs its place in the order too: whoever asks has seen what came before. */
  AlarmResponse alarm(AlarmRequest request) {
    AlarmResponse.Builder response =
        AlarmResponse.newBuilder().setHeader(identity.header(draft.revision()));
    if (request.getAction() == AlarmAction.GET) {
      return response.addAllAlarms(meta.alarms().current().listedBy(request)).build();
    }
    AlarmMember alarm =
        AlarmMember.newBuilder()
            .setMemberID(request.getMemberID())
            .setAlarmValue(request.getAlarmValue())
            .build();
    if (alarm.getAlarm() == AlarmType.NONE) {
      return response.build();
    }
    if (request.getAction() == AlarmAction.ACTIVATE) {
      if (meta.alarms().activate(alarm)) {
        store(alarm, AlarmRows.blob());
      }
      return response.addAlarms(alarm).build();
    }
    if (meta.alarms().deactivate(alarm)) {
      store(alarm, null);
      response.addAlarms(alarm);
    }
    return response.build();
  }

  private void store(AlarmMember alarm, @Nullable ByteString blob) {
    draft.setMeta(AlarmRows.BUCKET, AlarmRows.id(alarm), blob);
  }

  /**
   * M-8. The target was found to be one that may be gone down to.
   *
   * @param target null to cancel
   */
  DowngradeResponse downgrade(DowngradeAction action, @Nullable String target) {
    DowngradeJob job = meta.downgrade();
    if (target != null && job.target() != null) {
      throw EtcdError.DOWNGRADE_IN_PROGRESS.exception();
    }
    if (action != DowngradeAction.VALIDATE && (target != null || job.target() != null)) {
      job.set(target);
      ByteString blob = target == null ? null : ByteString.copyFromUtf8(target);
      draft.setMeta(DowngradeJob.BUCKET, DowngradeJob.ID, blob);
    }
    return DowngradeResponse.newBuilder()
        .setHeader(identity.header(draft.revision()))
        .setVersion(DowngradeVersion.CLUSTER)
        .build();
  }
}
