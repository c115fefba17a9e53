package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.OPEN;
import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.then;
import static dev.rowan.it.conformance.Requests.watch;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import java.util.List;

/** KV-30 to KV-40 and KV-60 to KV-63: Put, DeleteRange, Compact. */
public final class WriteCases {
  private WriteCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("KV-30 a put without a key or with a contradiction is refused", WriteCases::bad),
        new Case("KV-31 a put keeps the value or the lease", WriteCases::ignore),
        new Case("KV-32 a put returns what was before and moves its lease", WriteCases::previous),
        new Case("KV-33 an equal put is a change", WriteCases::equalPut),
        new Case("KV-40 a delete returns what it deleted", WriteCases::deletes),
        new Case("KV-60 a compaction of the past or the future is refused", WriteCases::refused),
        new Case("KV-61 a compaction is visible at once", WriteCases::compaction),
        new Case("KV-62 what a compaction keeps", WriteCases::kept));
  }

  private static void bad(Side s) {
    s.put(PutRequest.newBuilder());
    s.put(PutRequest.newBuilder().setIgnoreValue(true).setValue(put("", "v").getValue()));
    s.put(put("a", "v").setIgnoreValue(true));
    s.put(put("a", "v").setIgnoreLease(true).setLease(1));
    s.put(put("a", "v").setIgnoreValue(true).setIgnoreLease(true).setLease(1));
    s.put(put("a", "").setIgnoreLease(true).setLease(-1));
    s.put(put("a", "v").setIgnoreValue(true).setLease(404));
    s.range(all());
  }

  private static void ignore(Side s) {
    s.put(put("a", "v").setLease(404));
    s.put(put("a", "v").setLease(-404));
    s.put(put("a", "").setIgnoreValue(true));
    s.put(put("a", "v").setIgnoreLease(true));
    s.put(put("a", "").setIgnoreValue(true).setLease(404));
    s.grant(1000, 5);
    s.grant(1100, -6);
    s.put(put("a", "v").setLease(5));
    s.put(put("a", "").setIgnoreValue(true));
    s.range(get("a"));
    s.put(put("a", "").setIgnoreValue(true).setLease(-6));
    s.put(put("a", "w").setIgnoreLease(true));
    s.range(get("a"));
    s.put(put("a", "").setIgnoreValue(true).setIgnoreLease(true).setPrevKv(true));
    s.range(get("a"));
    s.put(put("a", "").setIgnoreValue(true).setLease(404));
    s.delete(delete("a"));
    s.put(put("a", "").setIgnoreValue(true));
    s.put(put("a", "v").setIgnoreLease(true));
    s.timeToLive(5, true);
    s.timeToLive(-6, true);
    s.range(all());
  }

  private static void previous(Side s) {
    s.grant(1000, 5);
    s.grant(1100, 6);
    s.put(put("a", "1").setPrevKv(true).setLease(5));
    s.put(put("a", "2").setPrevKv(true).setLease(6));
    s.timeToLive(5, true);
    s.timeToLive(6, true);
    s.put(put("a", "3").setPrevKv(true));
    s.timeToLive(6, true);
    s.delete(delete("a"));
    s.put(put("a", "4").setPrevKv(true));
    s.put(put("a", "").setPrevKv(true));
    s.range(get("a"));
  }

  private static void equalPut(Side s) {
    var watches = s.watches();
    watches.create(watch("a"));
    for (int i = 0; i < 3; i++) {
      s.put(put("a", "same"));
      watches.next();
    }
    s.range(get("a"));
  }

  private static void deletes(Side s) {
    s.delete(DeleteRangeRequest.newBuilder());
    s.delete(DeleteRangeRequest.newBuilder().setRangeEnd(get(OPEN).getKey()));
    s.delete(delete("none").setPrevKv(true));
    s.grant(1000, 5);
    s.put(put("c", "3").setLease(5));
    s.putAll("a", "b", "d", "b\0");
    s.delete(delete("b").setPrevKv(true));
    s.delete(delete("b").setPrevKv(true));
    s.delete(delete("b", "d").setPrevKv(true));
    s.timeToLive(5, true);
    s.delete(delete("d", "a").setPrevKv(true));
    s.delete(delete("a", OPEN));
    s.delete(delete("a", OPEN).setPrevKv(true));
    s.range(all());
    s.range(all().setRevision(s.rev(5)));
  }

  private static void refused(Side s) {
    s.putAll("a", "b", "c");
    s.compact(s.rev(4));
    s.compact(Long.MAX_VALUE);
    s.compact(-1);
    s.compact(Long.MIN_VALUE);
    s.compact(0);
    s.compact(1);
    s.compact(s.rev(2));
    s.compact(s.rev(2));
    s.compact(CompactionRequest.newBuilder().setRevision(s.rev(2)));
    s.compact(s.rev(1));
    s.compact(s.rev(3));
    s.compact(s.rev(3));
    s.compact(s.rev(4));
  }

  private static void compaction(Side s) {
    s.putAll("a", "b", "c", "a", "b", "c");
    s.compact(CompactionRequest.newBuilder().setRevision(s.rev(3)));
    s.range(all().setRevision(s.rev(2)));
    s.range(all().setRevision(s.rev(3)));
    s.range(all());
    s.compact(CompactionRequest.newBuilder().setRevision(s.rev(6)).setPhysical(true));
    s.range(all().setRevision(s.rev(5)));
    s.range(all().setRevision(s.rev(6)));
    s.txn(then(op(get("a").setRevision(s.rev(5)))));
    s.put(put("a", "after"));
    s.range(all());
  }

  private static void kept(Side s) {
    s.putAll("a", "b", "c");
    s.put(put("a", "a2"));
    s.delete(delete("b"));
    s.delete(delete("c"));
    s.put(put("c", "c2"));
    s.compact(s.rev(5));
    for (int after = 4; after < 8; after++) {
      s.range(all().setRevision(s.rev(after)));
    }
    var watches = s.watches();
    watches.create(watch("\0", OPEN).setStartRevision(s.rev(5)).setPrevKv(true));
    watches.events(3);
    s.delete(delete("\0", OPEN));
    s.compact(s.rev(8));
    s.range(all());
    s.put(put("a", "reborn").setPrevKv(true));
    s.range(all());
    s.compact(s.rev(9));
    s.range(all());
  }
}
