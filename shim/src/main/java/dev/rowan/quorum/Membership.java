package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.proto.rowanpb.Member;
import dev.rowan.proto.rowanpb.MemberChange;
import dev.rowan.proto.rowanpb.Members;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The members as this one has applied them: a part of the replicated state, the same on every
 * member at the same entry. It begins empty everywhere; the first leader of a cluster proposes the
 * first members. What it says is what the members are to be; that Raft's own set follows is the
 * leader's work ({@link Reconciliation}).
 *
 * <p>Changed on the applier's thread alone, and before that thread begins; read by any. The state
 * machine stores {@link #toBytes} with each change, in the transaction of its entry, and in what it
 * sends to members that are far behind.
 */
public final class Membership {
  /** Those that a cluster is to begin with, shown until it has begun. */
  private final Roster first;

  private volatile Roster roster = Roster.first(List.of());

  /** Who waits here for the outcome of a change, by its token. */
  private final Map<Long, CompletableFuture<Roster.Outcome>> proposed = new ConcurrentHashMap<>();

  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /**
   * Makes an empty one.
   *
   * @param first the members of a cluster that is to begin, with ids, names and peer URLs, which
   *     each of them has the same; of no meaning once it has begun. None for a member that joins
   */
  public Membership(Collection<Member> first) {
    this.first = Roster.first(first);
  }

  /**
   * Takes over what was stored.
   *
   * @throws InvalidProtocolBufferException if it isn't what {@link #toBytes} gave
   */
  public void load(ByteString stored) throws InvalidProtocolBufferException {
    roster = Roster.of(Members.parseFrom(stored));
    listeners.forEach(Runnable::run);
  }

  /** All that is to be stored; empty as long as nothing is. */
  public ByteString toBytes() {
    return roster.toProto().toByteString();
  }

  /**
   * Applies a change. One that is refused changes nothing, but counts.
   *
   * @throws IllegalArgumentException if it is of a newer version of Rowan: the member must stop
   */
  public void apply(MemberChange change) {
    Roster.Outcome outcome = roster.decide(change);
    roster = outcome.roster();
    CompletableFuture<Roster.Outcome> waiting = proposed.get(change.getToken());
    if (waiting != null) {
      waiting.complete(outcome);
    }
    listeners.forEach(Runnable::run);
  }

  /** The members now. */
  Roster view() {
    Roster now = roster;
    return now.begun() ? now : first;
  }

  /** Completed by the applier with the outcome of the change that has the token. */
  CompletableFuture<Roster.Outcome> outcome(long token) {
    return proposed.computeIfAbsent(token, unknown -> new CompletableFuture<>());
  }

  /** Nobody waits for that one any more. */
  void forget(long token) {
    proposed.remove(token);
  }

  /** Tells of each change, on the applier's thread: must not wait. */
  void whenChanged(Runnable listener) {
    listeners.add(listener);
  }
}
