package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.rowan.proto.mvccpb.Event;
import dev.rowan.proto.mvccpb.KeyValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Replays the store's log, part after part, and holds it against what the writers know:
 *
 * <ul>
 *   <li>a write that was acknowledged is there, whole, at its revision, and nowhere else;
 *   <li>one of unknown outcome is there whole and once, or not at all; a refused one is not;
 *   <li>every revision is one of these writes, and its condition held when it happened;
 *   <li>each event's previous value, create revision and version follow from the events before.
 * </ul>
 *
 * Not thread-safe.
 */
final class Audit {
  private final Map<ByteString, KeyValue> state = new HashMap<>();
  private long next;

  /**
   * An audit of an empty store.
   *
   * @param next its first revision to come
   */
  Audit(long next) {
    this.next = next;
  }

  /** Checks the part of the log that follows what was checked, against all writes in that time. */
  void check(List<Transaction> part, List<Write> writes) {
    Map<Long, Write> acknowledged = acknowledged(writes);
    Map<ByteString, Write> unknown = new HashMap<>();
    List<ByteString> unknownDeletions = new ArrayList<>();
    Set<ByteString> refused = new HashSet<>();
    for (Write write : writes) {
      switch (write.outcome()) {
        case Write.Acknowledged ignored -> {}
        case Write.Refused ignored -> write.value().ifPresent(refused::add);
        case Write.Unknown ignored ->
            write
                .value()
                .ifPresentOrElse(
                    value -> unknown.put(value, write),
                    () -> unknownDeletions.add(write.effects().getFirst().key()));
      }
    }
    for (Transaction transaction : part) {
      assertThat(transaction.revision()).as("the next revision").isEqualTo(next++);
      Write write = acknowledged.remove(transaction.revision());
      if (write == null) {
        write = explain(transaction, unknown, unknownDeletions, refused);
      }
      assertThat(transaction.effects())
          .as("revision " + transaction.revision())
          .isEqualTo(write.effects());
      replay(transaction, write.condition());
    }
    assertThat(acknowledged).as("acknowledged, but lost").isEmpty();
  }

  private static Map<Long, Write> acknowledged(List<Write> writes) {
    Map<Long, Write> byRevision = new TreeMap<>();
    for (Write write : writes) {
      if (write.outcome() instanceof Write.Acknowledged(long revision)) {
        assertThat(byRevision.put(revision, write)).as("two writes at " + revision).isNull();
      }
    }
    return byRevision;
  }

  /** Finds the write of unknown outcome that a transaction is; each can be found once. */
  private static Write explain(
      Transaction transaction,
      Map<ByteString, Write> unknown,
      List<ByteString> unknownDeletions,
      Set<ByteString> refused) {
    List<Effect> effects = transaction.effects();
    Effect last = effects.getLast();
    if (last.isDeletion()) {
      assertThat(unknownDeletions.remove(last.key())).as("asked for: " + transaction).isTrue();
      return new Write(List.of(last), null, new Write.Acknowledged(transaction.revision()));
    }
    assertThat(refused).as("refused, but there: " + transaction).doesNotContain(last.value());
    Write write = unknown.remove(last.value());
    assertThat(write).as("written once, and by nobody else: " + transaction).isNotNull();
    return Objects.requireNonNull(write);
  }

  private void replay(Transaction transaction, @Nullable Long condition) {
    ByteString first = transaction.events().getFirst().getKv().getKey();
    if (condition != null) {
      KeyValue before = state.get(first);
      assertThat(before == null ? 0 : before.getModRevision())
          .as("what revision " + transaction.revision() + " compared")
          .isEqualTo(condition);
    }
    for (Event event : transaction.events()) {
      KeyValue before = state.get(event.getKv().getKey());
      assertThat(event.hasPrevKv() ? event.getPrevKv() : null)
          .as("previous value at " + transaction.revision())
          .isEqualTo(before);
      assertThat(event).isEqualTo(expected(event, transaction.revision(), before));
    }
    for (Event event : transaction.events()) {
      if (event.getType() == Event.EventType.DELETE) {
        state.remove(event.getKv().getKey());
      } else {
        state.put(event.getKv().getKey(), event.getKv());
      }
    }
  }

  private static Event expected(Event event, long revision, @Nullable KeyValue before) {
    Event.Builder expected = event.toBuilder();
    KeyValue.Builder kv =
        KeyValue.newBuilder().setKey(event.getKv().getKey()).setModRevision(revision);
    if (event.getKv().getValue().isEmpty()) {
      return expected.setType(Event.EventType.DELETE).setKv(kv).build();
    }
    kv.setValue(event.getKv().getValue())
        .setCreateRevision(before == null ? revision : before.getCreateRevision())
        .setVersion(before == null ? 1 : before.getVersion() + 1);
    return expected.setType(Event.EventType.PUT).setKv(kv).build();
  }

  /** The last revision that was checked. */
  long revision() {
    return next - 1;
  }

  /** What the store must hold at that revision, in no order. */
  List<KeyValue> state() {
    return List.copyOf(state.values());
  }
}
