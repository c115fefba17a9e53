package dev.rowan.it.snapshot;

import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;

import com.google.protobuf.ByteString;
import dev.rowan.it.Client;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.TxnRequest;

/** Requests that lead every server through the same revisions. */
final class Histories {
  private static final int KEYS = 12_000;
  private static final int TXN_PUTS = 120;
  private static final int LARGE_BYTES = 1 << 20;

  private final Client client;

  private Histories(Client client) {
    this.client = client;
  }

  /**
   * More than 10,000 keys, among them each byte; values of up to 1 MiB; leases that stay, go and
   * change; lives that end and begin again; a compaction at a deletion, and everything again after
   * it. The newest change is a deletion.
   *
   * @return the compact revision
   */
  static long write(Client client) {
    Histories history = new Histories(client);
    history.grant(77, 1_000);
    history.grant(78, 5_000);
    history.grant(-9, 3_000);
    history.manyKeys();
    history.everyByte("before");
    history.largeValues('x');
    history.livesAndLeases();
    long compactRevision = history.delete("life");
    history.compact(compactRevision);
    history.everyByte("after");
    history.largeValues('y');
    history.livesAndLeases();
    history.revoke(78);
    history.delete("life");
    return compactRevision;
  }

  /** A key's life and death, compacted away: nothing is left but the revision. */
  static void writeNothingThatLives(Client client) {
    Histories history = new Histories(client);
    history.send(put("life", "1"));
    history.send(put("life", "2"));
    history.compact(history.delete("life"));
  }

  private void manyKeys() {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (int i = 0; i < KEYS; i++) {
      txn.addSuccess(op(put("k/%05d".formatted(i), "v".repeat(i % 100)).setLease(lease(i))));
      if (txn.getSuccessCount() == TXN_PUTS) {
        txn(txn);
        txn.clear();
      }
    }
  }

  private static long lease(int i) {
    return switch (i % 50) {
      case 1 -> 77;
      case 2 -> -9;
      default -> 0;
    };
  }

  private void everyByte(String value) {
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    for (int i = 0; i < 256; i++) {
      txn.addSuccess(op(put("" + (char) i, value)));
      txn.addSuccess(op(put((char) i + "\0", "")));
      if (txn.getSuccessCount() == 128) {
        txn(txn);
        txn.clear();
      }
    }
  }

  private void largeValues(char filling) {
    for (int i = 0; i < 4; i++) {
      ByteString value = ByteString.copyFromUtf8(("" + filling).repeat(LARGE_BYTES + i));
      send(put("large/" + i % 3, "").setValue(value));
    }
  }

  private void livesAndLeases() {
    for (int i = 0; i < 5; i++) {
      send(put("life", "" + i).setLease(77));
      send(put("life", "" + i).setLease(78));
      send(put("detached", "" + i).setLease(i % 2 == 0 ? 78 : 0));
      delete("life");
    }
    send(put("life", "again"));
    send(put("leased", "78").setLease(78));
    txn(
        TxnRequest.newBuilder()
            .addSuccess(op(Requests.delete("k/003", "k/004")))
            .addSuccess(op(put("l", "1")))
            .addSuccess(op(Requests.delete("k/1111", "k/1112"))));
  }

  private void grant(long id, long ttlSeconds) {
    client.lease().leaseGrant(LeaseGrantRequest.newBuilder().setID(id).setTTL(ttlSeconds).build());
  }

  private void revoke(long id) {
    client.lease().leaseRevoke(LeaseRevokeRequest.newBuilder().setID(id).build());
  }

  private void send(PutRequest.Builder request) {
    client.kv().put(request.build());
  }

  private void txn(TxnRequest.Builder request) {
    client.kv().txn(request.build());
  }

  private long delete(String key) {
    return client.kv().deleteRange(Requests.delete(key).build()).getHeader().getRevision();
  }

  private void compact(long to) {
    client.kv().compact(CompactionRequest.newBuilder().setRevision(to).setPhysical(true).build());
  }
}
