package dev.rowan.lease;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Every lease with its keys and its end. Belongs to the sequencer's thread.
 *
 * <p>Changes since the last {@link #commit} can be taken back by {@link #rollback}: each notes how
 * it is undone. A renewal is no change of the store and is not undone.
 */
public final class LeaseBook {
  /** Seconds; etcd's greatest time to live (L-1). */
  public static final long TTL_SECONDS_MAX = 9_000_000_000L;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final LongSupplier nanoTime;
  private final Map<Long, Lease> leases = new HashMap<>();
  private final Deque<Runnable> undo = new ArrayDeque<>();

  /** When to look at a lease next. A renewal leaves its entry where it is: it is moved when due. */
  private final PriorityQueue<Due> due =
      new PriorityQueue<>(Comparator.comparingLong(Due::relativeNanos));

  private long originNanos;

  public LeaseBook(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.originNanos = nanoTime.getAsLong();
  }

  private record Due(long relativeNanos, long leaseId) {}

  /** One lease. */
  public static final class Lease {
    private final long id;
    private final long ttlSeconds;
    private final Set<ByteString> keys = new HashSet<>();
    private long endNanos;

    private Lease(long id, long ttlSeconds) {
      this.id = id;
      this.ttlSeconds = ttlSeconds;
    }

    public long id() {
      return id;
    }

    public long ttlSeconds() {
      return ttlSeconds;
    }

    public Collection<ByteString> keys() {
      return keys;
    }
  }

  public int size() {
    return leases.size();
  }

  public @Nullable Lease find(long id) {
    return leases.get(id);
  }

  /** Adds a lease that ends after its time to live and {@code extraSeconds}. */
  public void grant(long id, long ttlSeconds, double extraSeconds) {
    Lease lease = new Lease(id, ttlSeconds);
    lease.endNanos = now() + (long) ((ttlSeconds + extraSeconds) * NANOS_PER_SECOND);
    leases.put(id, lease);
    due.add(new Due(lease.endNanos, id));
    undo.push(() -> leases.remove(id));
  }

  /** Removes a lease; the caller deletes its keys, which detaches them. */
  public void remove(Lease lease) {
    leases.remove(lease.id);
    undo.push(() -> {
      leases.put(lease.id, lease);
      due.add(new Due(lease.endNanos, lease.id));
    });
  }

  /** Attaches a key; an unknown lease (0 is none) attaches nothing. */
  public void attach(long leaseId, ByteString key) {
    Lease lease = leases.get(leaseId);
    if (lease != null && lease.keys.add(key)) {
      undo.push(() -> lease.keys.remove(key));
    }
  }

  public void detach(long leaseId, ByteString key) {
    Lease lease = leases.get(leaseId);
    if (lease != null && lease.keys.remove(key)) {
      undo.push(() -> lease.keys.add(key));
    }
  }

  /** Gives a lease its whole time again. */
  public void renew(Lease lease) {
    lease.endNanos = wholeTime(lease);
  }

  private long wholeTime(Lease lease) {
    return now() + lease.ttlSeconds * NANOS_PER_SECOND;
  }

  /** Gives every lease its whole time again, at least. */
  public void renewAll() {
    for (Lease lease : leases.values()) {
      lease.endNanos = Math.max(lease.endNanos, wholeTime(lease));
    }
  }

  /**
   * Gives every lease this much longer: for so long nothing could be renewed, so that no holder is
   * to blame (L-8).
   */
  public void pause(long nanos) {
    originNanos += nanos;
  }

  public boolean ended(Lease lease) {
    return lease.endNanos <= now();
  }

  /** Whole seconds until the lease ends, cut off; negative once it has ended. */
  public long remainingSeconds(Lease lease) {
    return Math.floorDiv(lease.endNanos - now(), NANOS_PER_SECOND);
  }

  /** Leases that have ended so long ago at least, the earliest first. */
  public List<Lease> ended(int leasesMax, Duration overdue) {
    List<Lease> ended = new ArrayList<>();
    long now = now() - overdue.toNanos();
    List<Due> again = new ArrayList<>();
    Set<Long> seen = new HashSet<>();
    while (ended.size() < leasesMax && !due.isEmpty() && due.peek().relativeNanos <= now) {
      Lease lease = leases.get(due.remove().leaseId);
      if (lease != null && seen.add(lease.id)) {
        if (lease.endNanos <= now) {
          ended.add(lease);
        }
        // Looked at again also if it is to be removed now: that may be rolled back.
        again.add(new Due(Math.max(lease.endNanos, now + 1), lease.id));
      }
    }
    due.addAll(again);
    return ended;
  }

  /** Every lease, the one that ends first in front. */
  public List<Lease> byRemainingTime() {
    List<Lease> all = new ArrayList<>(leases.values());
    all.sort(Comparator.comparingLong((Lease lease) -> lease.endNanos));
    return all;
  }

  /** Forgets every lease, for good. */
  public void clear() {
    leases.clear();
    due.clear();
    undo.clear();
  }

  public void commit() {
    undo.clear();
  }

  public void rollback() {
    while (!undo.isEmpty()) {
      undo.pop().run();
    }
  }

  private long now() {
    return nanoTime.getAsLong() - originNanos;
  }
}
