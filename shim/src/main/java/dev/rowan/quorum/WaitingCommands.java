package dev.rowan.quorum;

import dev.rowan.mvcc.Proposal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** The commands that wait to be handed over, in order. Guarded by the forwarder's lock. */
final class WaitingCommands {
  /** Commands at most: as many as wait for a sequencer (C-10). */
  static final int COMMANDS_MAX = 10_000;

  /** Bytes at most: 40 requests of the greatest size that a client may send. */
  static final long BYTES_MAX = 64L << 20;

  /** Commands of a call at most: as many as a batch of the leader's. */
  static final int CALL_COMMANDS_MAX = 1_000;

  /** Bytes of a call at most, so that none holds up the others; a larger command goes alone. */
  static final long CALL_BYTES_MAX = 1L << 20;

  private final Deque<Proposal<?>> waiting = new ArrayDeque<>();
  private long bytes;

  /** Takes one, unless too much waits. */
  boolean add(Proposal<?> proposal) {
    boolean fits =
        waiting.size() < COMMANDS_MAX && bytes + proposal.command().sizeBytes() <= BYTES_MAX;
    if (fits) {
      waiting.addLast(proposal);
      bytes += proposal.command().sizeBytes();
    }
    return fits;
  }

  int size() {
    return waiting.size();
  }

  /** Takes those back that were taken before, in front of all others. */
  void putBack(List<Proposal<?>> proposals) {
    for (Proposal<?> proposal : proposals.reversed()) {
      if (!proposal.closed()) {
        waiting.addFirst(proposal);
        bytes += proposal.command().sizeBytes();
      }
    }
  }

  /** The first ones, as many as a call should hold; those for whom nobody waits are left out. */
  List<Proposal<?>> takeForCall() {
    List<Proposal<?>> taken = new ArrayList<>();
    long takenBytes = 0;
    for (Proposal<?> next = waiting.peekFirst(); next != null; next = waiting.peekFirst()) {
      int size = next.command().sizeBytes();
      boolean full =
          taken.size() == CALL_COMMANDS_MAX
              || (!taken.isEmpty() && takenBytes + size > CALL_BYTES_MAX);
      if (full) {
        break;
      }
      waiting.removeFirst();
      bytes -= size;
      if (!next.closed()) {
        taken.add(next);
        takenBytes += size;
      }
    }
    return taken;
  }

  List<Proposal<?>> takeAll() {
    List<Proposal<?>> all = new ArrayList<>(waiting);
    waiting.clear();
    bytes = 0;
    return all;
  }

  /** All of them, without those for whom nobody waits any more. */
  List<Proposal<?>> open() {
    List<Proposal<?>> all = takeAll();
    putBack(all);
    return List.copyOf(waiting);
  }
}
