package dev.rowan.mvcc;

import com.google.protobuf.ByteString;
import dev.rowan.auth.AuthAdmin;
import dev.rowan.auth.Caller;
import dev.rowan.cluster.Identity;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RowId;
import dev.rowan.error.EtcdError;
import dev.rowan.lease.LeaseBook;
import dev.rowan.lease.LeaseBook.Lease;
import dev.rowan.lease.LeaseRows;
import dev.rowan.mvcc.index.KeyEntry;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.CompactionResponse;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantResponse;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveRequest;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;
import dev.rowan.proto.etcdserverpb.LeaseLeasesResponse;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeResponse;
import dev.rowan.proto.etcdserverpb.LeaseStatus;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveResponse;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Carries out one command against a batch in the making. Everything that it reads is in the draft,
 * so the same commands in the same order give the same batch on every instance.
 */
final class Evaluator {
  /** The meta bucket, and the id in it, that hold the newest term. */
  static final String TERM_BUCKET = "term";

  static final ByteString TERM_ID = ByteString.copyFromUtf8("newest");

  private final Draft draft;
  private final LeaseBook leases;
  private final TxnEvaluator txns;
  private final MaintenanceEvaluator maintenance;
  private final CommandAccess access;
  private final AuthAdmin auth;
  private final Identity identity;
  private final boolean shared;

  /**
   * Makes an evaluator of one batch.
   *
   * @param shared whether other instances must learn of renewals: each ends leases by its own count
   */
  Evaluator(Draft draft, Identity identity, boolean shared) {
    this.draft = draft;
    this.leases = draft.leases();
    this.txns = new TxnEvaluator(draft, identity);
    this.maintenance = new MaintenanceEvaluator(draft, identity);
    this.access = new CommandAccess(draft.auth(), draft.leases());
    this.auth = new AuthAdmin(draft.auth(), draft::setMeta, draft.position());
    this.identity = identity;
    this.shared = shared;
  }

  /**
   * Carries out a command and gives its response; refusals are thrown and leave no change.
   *
   * @param caller on whose behalf: permissions come before everything else but alarms (C-11)
   */
  Object evaluate(Command<?> command, Caller caller) throws LogException {
    maintenance.checkAlarms(command);
    access.check(command, caller);
    return switch (command) {
      case Command.Put put -> txns.put(put.request());
      case Command.DeleteRange deletion -> txns.deleteRange(deletion.request());
      case Command.Txn txn -> txns.txn(txn.request());
      case Command.Compact compact -> compact(compact.request());
      case Command.LeaseGrant grant -> grant(grant.request());
      case Command.LeaseRevoke revoke -> revoke(revoke.request());
      case Command.LeaseKeepAlive keepAlive -> keepAlive(keepAlive.request());
      case Command.LeaseTimeToLive timeToLive -> timeToLive(timeToLive.request());
      case Command.LeaseLeases ignored -> leases();
      case Command.Alarm alarm -> maintenance.alarm(alarm.request());
      case Command.Downgrade downgrade ->
          maintenance.downgrade(downgrade.action(), downgrade.target());
      case Command.Auth<?> change -> auth.carryOut(change.command(), caller, header());
      case Command.ExpireLeases expire -> expire(expire);
      case Command.BeginTerm begin -> beginTerm(begin.term());
      case Command.Sync ignored -> throw betweenBatches(command);
      case Command.Prune ignored -> throw betweenBatches(command);
      case Command.Defragment ignored -> throw betweenBatches(command);
    };
  }

  private static IllegalArgumentException betweenBatches(Command<?> command) {
    return new IllegalArgumentException(command + " is carried out between batches");
  }

  private ResponseHeader header() {
    return identity.header(draft.revision());
  }

  private CompactionResponse compact(CompactionRequest request) {
    if (request.getRevision() <= draft.compactRevision()) {
      throw EtcdError.COMPACTED.exception();
    }
    if (request.getRevision() > draft.revision()) {
      throw EtcdError.FUTURE_REVISION.exception();
    }
    draft.compact(request.getRevision());
    return CompactionResponse.newBuilder().setHeader(header()).build();
  }

  private LeaseGrantResponse grant(LeaseGrantRequest request) {
    if (request.getTTL() > LeaseBook.TTL_SECONDS_MAX) {
      throw EtcdError.LEASE_TTL_TOO_LARGE.exception();
    }
    if (leases.find(request.getID()) != null) {
      throw EtcdError.LEASE_EXISTS.exception();
    }
    leases.grant(request.getID(), request.getTTL(), 0);
    store(request.getID(), request.getTTL());
    return LeaseGrantResponse.newBuilder()
        .setHeader(header())
        .setID(request.getID())
        .setTTL(request.getTTL())
        .build();
  }

  private void store(long leaseId, long ttlSeconds) {
    draft.setMeta(LeaseRows.BUCKET, LeaseRows.id(leaseId), LeaseRows.blob(leaseId, ttlSeconds));
  }

  private LeaseRevokeResponse revoke(LeaseRevokeRequest request) {
    Lease lease = leases.find(request.getID());
    if (lease == null) {
      throw EtcdError.LEASE_NOT_FOUND.exception();
    }
    end(lease);
    return LeaseRevokeResponse.newBuilder().setHeader(header()).build();
  }

  /**
   * Deletes a lease's keys in key order under one revision (L-2, L-3), then the lease. More keys
   * than a revision can hold take several.
   */
  private void end(Lease lease) {
    List<ByteString> keys = new ArrayList<>(lease.keys());
    keys.sort(ByteString.unsignedLexicographicalComparator());
    for (List<ByteString> part : parts(keys)) {
      draft.begin();
      for (ByteString key : part) {
        KeyEntry entry = draft.live(key.toByteArray());
        if (entry != null && entry.leaseId() == lease.id()) {
          draft.delete(entry, key);
        }
      }
      draft.end();
    }
    leases.remove(lease);
    draft.setMeta(LeaseRows.BUCKET, LeaseRows.id(lease.id()), null);
  }

  private static List<List<ByteString>> parts(List<ByteString> keys) {
    List<List<ByteString>> parts = new ArrayList<>();
    for (int from = 0; from < keys.size(); from += RowId.SUB_MAX) {
      parts.add(keys.subList(from, Math.min(keys.size(), from + RowId.SUB_MAX)));
    }
    return parts;
  }

  /** L-4: a lease that has ended but still stands is ended now, and the answer says so. */
  private LeaseKeepAliveResponse keepAlive(LeaseKeepAliveRequest request) {
    LeaseKeepAliveResponse.Builder response =
        LeaseKeepAliveResponse.newBuilder().setHeader(header()).setID(request.getID());
    Lease lease = leases.find(request.getID());
    if (lease == null) {
      return response.build();
    }
    if (leases.ended(lease)) {
      if (maintenance.leasesEnd()) {
        end(lease);
      }
      return response.build();
    }
    leases.renew(lease);
    if (shared) {
      store(lease.id(), lease.ttlSeconds());
    }
    return response.setTTL(lease.ttlSeconds()).build();
  }

  private LeaseTimeToLiveResponse timeToLive(LeaseTimeToLiveRequest request) {
    LeaseTimeToLiveResponse.Builder response =
        LeaseTimeToLiveResponse.newBuilder().setHeader(header()).setID(request.getID());
    @Nullable Lease lease = leases.find(request.getID());
    if (lease == null || leases.ended(lease)) {
      return response.setTTL(-1).build();
    }
    response.setTTL(leases.remainingSeconds(lease)).setGrantedTTL(lease.ttlSeconds());
    if (request.getKeys()) {
      response.addAllKeys(lease.keys());
    }
    return response.build();
  }

  private LeaseLeasesResponse leases() {
    LeaseLeasesResponse.Builder response = LeaseLeasesResponse.newBuilder().setHeader(header());
    for (Lease lease : leases.byRemainingTime()) {
      response.addLeases(LeaseStatus.newBuilder().setID(lease.id()));
    }
    return response.build();
  }

  private Integer expire(Command.ExpireLeases expire) {
    if (expire.leaderAnew()) {
      leases.renewAll();
    }
    List<Lease> ended = leases.ended(expire.leasesMax(), expire.overdue());
    ended.forEach(this::end);
    return ended.size();
  }

  private Long beginTerm(long term) {
    draft.setMeta(TERM_BUCKET, TERM_ID, ByteString.copyFromUtf8(Long.toString(term)));
    return term;
  }
}
