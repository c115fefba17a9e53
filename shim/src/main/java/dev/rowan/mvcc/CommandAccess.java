package dev.rowan.mvcc;

import com.google.protobuf.ByteString;
import dev.rowan.auth.AuthBook;
import dev.rowan.auth.AuthState;
import dev.rowan.auth.Caller;
import dev.rowan.lease.LeaseBook;
import dev.rowan.lease.LeaseBook.Lease;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import java.util.List;

/**
 * Whether a caller may do what a command says, decided on the auth store as the batch in the
 * making has it: a permission that an earlier command took away is gone (T-8). Throws the refusal.
 */
final class CommandAccess {
  private final AuthBook auth;
  private final LeaseBook leases;

  CommandAccess(AuthBook auth, LeaseBook leases) {
    this.auth = auth;
    this.leases = leases;
  }

  void check(Command<?> command, Caller caller) {
    AuthState state = auth.working();
    if (!state.enabled() || caller.equals(Caller.INTERNAL)) {
      return;
    }
    auth.requireProof(caller);
    switch (command) {
      case Command.Put put -> put(state, caller, put.request());
      case Command.DeleteRange deletion -> deleteRange(state, caller, deletion.request());
      case Command.Txn txn -> txn(state, caller, txn.request());
      case Command.Compact _, Command.Downgrade _, Command.Defragment _ ->
          state.requireRoot(caller);
      case Command.Alarm alarm -> alarm(state, caller, alarm.request());
      case Command.LeaseGrant _ -> state.requireUser(caller);
      case Command.LeaseRevoke revoke -> leaseKeys(state, caller, revoke.request().getID());
      case Command.LeaseKeepAlive renewal -> leaseKeys(state, caller, renewal.request().getID());
      case Command.LeaseTimeToLive timeToLive -> timeToLive(state, caller, timeToLive.request());
      case Command.LeaseLeases _ -> allLeases(state, caller);
      case Command.Auth<?> _ -> {} // has rules of its own
      case Command.ExpireLeases _, Command.BeginTerm _, Command.Sync _, Command.Prune _ ->
          state.requireRoot(caller);
    }
  }

  /** Anybody may look. */
  private static void alarm(AuthState state, Caller caller, AlarmRequest request) {
    if (request.getAction() == AlarmAction.GET) {
      state.requireUser(caller);
    } else {
      state.requireRoot(caller);
    }
  }

  private void put(AuthState state, Caller caller, PutRequest request) {
    KeyRange key = KeyRange.of(request.getKey(), ByteString.EMPTY);
    state.requireWrite(caller, key);
    Lease lease = request.getLease() == 0 ? null : leases.find(request.getLease());
    if (lease != null) {
      // Who may not revoke a lease may not attach keys to it either.
      writeKeys(state, caller, lease);
    }
    if (request.getPrevKv()) {
      state.requireRead(caller, key);
    }
  }

  private static void writeKeys(AuthState state, Caller caller, Lease lease) {
    if (!state.isRoot(caller)) {
      for (ByteString key : lease.keys()) {
        state.requireWrite(caller, KeyRange.of(key, ByteString.EMPTY));
      }
    }
  }

  private static void readKeys(AuthState state, Caller caller, Lease lease) {
    if (!state.isRoot(caller)) {
      for (ByteString key : lease.keys()) {
        state.requireRead(caller, KeyRange.of(key, ByteString.EMPTY));
      }
    }
  }

  private static void deleteRange(AuthState state, Caller caller, DeleteRangeRequest request) {
    KeyRange range = KeyRange.of(request.getKey(), request.getRangeEnd());
    state.requireWrite(caller, range);
    if (request.getPrevKv()) {
      state.requireRead(caller, range);
    }
  }

  private void txn(AuthState state, Caller caller, TxnRequest request) {
    for (Compare compare : request.getCompareList()) {
      state.requireRead(caller, KeyRange.of(compare.getKey(), compare.getRangeEnd()));
    }
    ops(state, caller, request.getSuccessList());
    ops(state, caller, request.getFailureList());
  }

  private void ops(AuthState state, Caller caller, List<RequestOp> ops) {
    for (RequestOp op : ops) {
      switch (op.getRequestCase()) {
        case REQUEST_RANGE -> {
          RangeRequest range = op.getRequestRange();
          state.requireRead(caller, KeyRange.of(range.getKey(), range.getRangeEnd()));
        }
        case REQUEST_PUT -> put(state, caller, op.getRequestPut());
        case REQUEST_DELETE_RANGE -> deleteRange(state, caller, op.getRequestDeleteRange());
        case REQUEST_TXN -> txn(state, caller, op.getRequestTxn());
        case REQUEST_NOT_SET -> {}
      }
    }
  }

  private void leaseKeys(AuthState state, Caller caller, long leaseId) {
    state.requireUser(caller);
    Lease lease = leases.find(leaseId);
    if (lease != null) {
      writeKeys(state, caller, lease);
    }
  }

  private void timeToLive(AuthState state, Caller caller, LeaseTimeToLiveRequest request) {
    state.requireUser(caller);
    Lease lease = request.getKeys() ? leases.find(request.getID()) : null;
    if (lease != null) {
      readKeys(state, caller, lease);
    }
  }

  private void allLeases(AuthState state, Caller caller) {
    state.requireUser(caller);
    if (!state.isRoot(caller)) {
      for (Lease lease : leases.byRemainingTime()) {
        readKeys(state, caller, lease);
      }
    }
  }
}
