package dev.rowan.mvcc;

import com.google.protobuf.MessageLite;
import dev.rowan.auth.AuthCommand;
import dev.rowan.mvcc.index.Garbage;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmResponse;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.CompactionResponse;
import dev.rowan.proto.etcdserverpb.DefragmentResponse;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.DeleteRangeResponse;
import dev.rowan.proto.etcdserverpb.DowngradeRequest.DowngradeAction;
import dev.rowan.proto.etcdserverpb.DowngradeResponse;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantResponse;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveRequest;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;
import dev.rowan.proto.etcdserverpb.LeaseLeasesRequest;
import dev.rowan.proto.etcdserverpb.LeaseLeasesResponse;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeResponse;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveResponse;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What the sequencer puts in order and the evaluator carries out.
 *
 * @param <R> the response
 */
public sealed interface Command<R> {
  /** What a command costs the queue beside the bytes of its request. */
  int OVERHEAD_BYTES = 128;

  /** Bytes that it is counted as while it waits. */
  int sizeBytes();

  private static int sizeOf(MessageLite request) {
    return OVERHEAD_BYTES + request.getSerializedSize();
  }

  record Put(PutRequest request) implements Command<PutResponse> {
    @Override
    public int sizeBytes() {
      return sizeOf(request);
    }
  }

  record DeleteRange(DeleteRangeRequest request) implements Command<DeleteRangeResponse> {
    @Override
    public int sizeBytes() {
      return sizeOf(request);
    }
  }

  record Txn(TxnRequest request) implements Command<TxnResponse> {
    @Override
    public int sizeBytes() {
      return sizeOf(request);
    }
  }

  record Compact(CompactionRequest request) implements Command<CompactionResponse> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }
  }

  /** The request's id is set: whoever asks draws it. */
  record LeaseGrant(LeaseGrantRequest request) implements Command<LeaseGrantResponse> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }
  }

  record LeaseRevoke(LeaseRevokeRequest request) implements Command<LeaseRevokeResponse> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }
  }

  record LeaseKeepAlive(LeaseKeepAliveRequest request) implements Command<LeaseKeepAliveResponse> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }
  }

  record LeaseTimeToLive(LeaseTimeToLiveRequest request)
      implements Command<LeaseTimeToLiveResponse> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }
  }

  record LeaseLeases(LeaseLeasesRequest request) implements Command<LeaseLeasesResponse> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }
  }

  /** Lists, raises or disarms alarms; the action is a known one. */
  record Alarm(AlarmRequest request) implements Command<AlarmResponse> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }
  }

  /**
   * Checks, begins or cancels a downgrade.
   *
   * @param target a version that may be gone down to; null to cancel
   */
  record Downgrade(DowngradeAction action, @Nullable String target)
      implements Command<DowngradeResponse> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }
  }

  /** Reads or changes the auth store. */
  record Auth<R>(AuthCommand<R> command) implements Command<R> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES + command.sizeBytes();
    }
  }

  /** Defragments a log that is not shared. It takes the time that it takes: it never times out. */
  record Defragment() implements Command<DefragmentResponse> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }
  }

  /**
   * Revokes leases whose time is over. Answers how many.
   *
   * @param leasesMax of these at most; the others come next time
   * @param overdue for how long it must be over
   * @param leaderAnew whether who ends them has just begun to lead a quorum: then each gets its
   *     whole time first, as in etcd, for renewals may have found no leader (L-8)
   */
  record ExpireLeases(int leasesMax, Duration overdue, boolean leaderAnew)
      implements Command<Integer> {
    public ExpireLeases(int leasesMax, Duration overdue) {
      this(leasesMax, overdue, false);
    }

    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }
  }

  /** Stores the term of an instance that has just opened the store. Answers it. */
  record BeginTerm(long term) implements Command<Long> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }
  }

  /**
   * Reads what other instances appended up to a position at least. Answers the position reached.
   *
   * @param certain whether the log is known to reach that far: else nothing may be there
   */
  record Sync(long position, boolean certain) implements Command<Long> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }
  }

  /**
   * Deletes a part of the garbage that the index found; with the last part, the index forgets it.
   * Answers how many rows.
   *
   * @param from place in the garbage's ids of the first row, to that of the last but one
   */
  record Prune(Garbage garbage, int from, int to, long compactRevision)
      implements Command<Integer> {
    @Override
    public int sizeBytes() {
      return OVERHEAD_BYTES;
    }

    boolean last() {
      return to == garbage.ids().length;
    }
  }
}
