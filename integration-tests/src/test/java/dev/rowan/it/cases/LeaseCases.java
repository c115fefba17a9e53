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
import java.util.List;

/** L-1 to L-7: leases. */
public final class LeaseCases {
  private static final long TTL_MAX = 9_000_000_000L;

  private LeaseCases() {}

  /** The cases. */
  public static List<Case> cases() {
    return List.of(
        new Case("L-1 a grant's id and time", LeaseCases::grants),
        new Case("L-1 an id that the server chooses is positive", LeaseCases::chosenId),
        new Case("L-2 a revoke deletes the keys in one revision", LeaseCases::revokes),
        new Case("L-3 an expiry deletes the keys in one revision", LeaseCases::expiry),
        new Case("L-4 renewals of live and missing leases", LeaseCases::keepAlives),
        new Case("L-5 time to live with and without keys", LeaseCases::timeToLive),
        new Case("L-6 leases are listed by time left", LeaseCases::listed),
        new Case("L-7 a key has the lease of its latest put", LeaseCases::attachment),
        new Case("L-7 attachments inside a transaction", LeaseCases::txnAttachment));
  }

  private static void grants(Side s) {
    s.grant(1000, 5);
    s.grant(1000, 5);
    s.grant(1000, -5);
    s.grant(1000, Long.MAX_VALUE);
    s.grant(1000, Long.MIN_VALUE);
    s.grant(TTL_MAX - 1, 6);
    s.grant(TTL_MAX, 7);
    s.grant(TTL_MAX + 1, 8);
    s.grant(Long.MAX_VALUE, 9);
    s.grant(TTL_MAX + 1, 5);
    for (long ttl : new long[] {0, -1, Long.MIN_VALUE, 1, 2, 3, 4}) {
      s.grant(ttl, 100 + ttl);
      s.timeToLive(100 + ttl, false);
      s.revoke(100 + ttl);
    }
  }

  private static void chosenId(Side s) {
    for (int i = 0; i < 5; i++) {
      long leaseId = s.grant(1000 + i * 100, 0).getID();
      s.note("positive", Boolean.toString(leaseId > 0));
      s.put(put("k" + i, "v").setLease(leaseId));
      s.timeToLive(leaseId, true);
    }
    s.leases();
    s.range(all());
  }

  private static void revokes(Side s) {
    s.revoke(404);
    s.revoke(0);
    s.grant(1000, 5);
    s.revoke(5);
    s.revoke(5);
    s.grant(1000, 5);
    var watches = s.watches();
    watches.create(watch("\0", OPEN).setPrevKv(true));
    for (String key : new String[] {"c", "a", "\u00ff", "b"}) {
      s.put(put(key, "v").setLease(5));
      watches.next();
    }
    s.revoke(5);
    watches.next();
    s.range(all());
    s.put(put("a", "v").setLease(5));
    s.timeToLive(5, true);
  }

  private static void expiry(Side s) {
    var watches = s.watches();
    watches.create(watch("\0", OPEN).setPrevKv(true));
    s.grant(2, 5);
    s.txn(
        then(op(put("b", "v").setLease(5)), op(put("a", "v").setLease(5)), op(put("c", "stays"))));
    watches.next();
    watches.next();
    s.timeToLive(5, true);
    s.range(all());
    s.keepAlives().renew(5);
    s.put(put("a", "v").setLease(5));
    s.revoke(5);
    s.grant(1000, 5);
    s.timeToLive(5, true);
  }

  private static void keepAlives(Side s) {
    var keepAlives = s.keepAlives();
    keepAlives.renew(404);
    s.grant(1000, 5);
    keepAlives.renew(5);
    s.put(put("a", "1").setLease(5));
    keepAlives.renew(5);
    keepAlives.renew(0);
    keepAlives.renew(-5);
    s.timeToLive(5, false);
    s.revoke(5);
    keepAlives.renew(5);
    s.grant(2000, 5);
    keepAlives.renew(5);
    keepAlives.finish();
  }

  private static void timeToLive(Side s) {
    s.timeToLive(404, true);
    s.timeToLive(0, true);
    s.timeToLive(-1, false);
    s.grant(1000, 5);
    s.timeToLive(5, true);
    s.put(put("a", "1").setLease(5));
    s.put(put("\0\u00ff", "1").setLease(5));
    s.put(put("b", "1").setLease(5));
    s.timeToLive(5, false);
    s.timeToLive(5, true);
    s.delete(delete("a"));
    s.timeToLive(5, true);
    s.delete(delete("\0", OPEN));
    s.timeToLive(5, true);
  }

  private static void listed(Side s) {
    s.leases();
    s.grant(3000, 1);
    s.grant(1000, 2);
    s.grant(2000, -3);
    s.leases();
    s.grant(1500, 9);
    s.leases();
    s.revoke(2);
    s.leases();
  }

  private static void attachment(Side s) {
    s.grant(1000, 5);
    s.grant(1100, 6);
    s.put(put("a", "1").setLease(5));
    s.put(put("b", "1").setLease(5));
    s.put(put("c", "1").setLease(5));
    s.put(put("d", "1").setLease(5));
    s.put(put("a", "2").setLease(6));
    s.put(put("b", "2"));
    s.delete(delete("c"));
    s.put(put("c", "again"));
    s.put(put("d", "2").setIgnoreLease(true));
    s.timeToLive(5, true);
    s.timeToLive(6, true);
    s.revoke(5);
    s.range(all());
    s.revoke(6);
    s.range(all());
  }

  private static void txnAttachment(Side s) {
    s.grant(1000, 5);
    s.grant(1100, 6);
    s.put(put("a", "1").setLease(5));
    s.txn(then(op(put("a", "2").setLease(6)), op(put("b", "1").setLease(5)), op(get("a"))));
    s.timeToLive(5, true);
    s.timeToLive(6, true);
    s.txn(then(op(put("b", "2").setLease(6)), op(delete("a", OPEN)), op(get("b"))));
    s.timeToLive(5, true);
    s.timeToLive(6, true);
    s.txn(then(op(put("c", "1").setLease(6)), op(delete("a", OPEN)), op(get("c"))));
    s.timeToLive(6, true);
    s.revoke(6);
    s.range(all());
  }
}
