package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.proto.mvccpb.Event;
import dev.rowan.proto.mvccpb.KeyValue;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The audit notices what the crash tests are there for. */
final class AuditTest {
  private static final Write.Outcome UNKNOWN = new Write.Unknown("UNAVAILABLE", Duration.ZERO);

  private final Audit audit = new Audit(2);

  @Test
  void completeLogHolds() {
    Transaction first = put(2, "a", "1", null);
    KeyValue before = first.events().getFirst().getKv();

    assertThatCode(() ->
            audit.check(
                List.of(first, put(3, "a", "2", before)),
                List.of(write("a", "1", at(2)), write("a", "2", UNKNOWN))))
        .doesNotThrowAnyException();
  }

  @Test
  void unknownWriteMayBeAbsent() {
    assertThatCode(() -> audit.check(List.of(), List.of(write("a", "1", UNKNOWN))))
        .doesNotThrowAnyException();
  }

  @Test
  void lostWriteIsNoticed() {
    assertFails(List.of(), write("a", "1", at(2)));
  }

  @Test
  void writeAtAnotherRevisionIsNoticed() {
    assertFails(
        List.of(put(2, "a", "1", null), put(3, "b", "2", null)),
        write("a", "1", at(3)),
        write("b", "2", at(2)));
  }

  @Test
  void writeThatHappenedTwiceIsNoticed() {
    Transaction first = put(2, "a", "1", null);
    KeyValue before = first.events().getFirst().getKv();

    assertFails(List.of(first, put(3, "a", "1", before)), write("a", "1", UNKNOWN));
  }

  @Test
  void refusedWriteThatHappenedIsNoticed() {
    assertFails(
        List.of(put(2, "a", "1", null)), write("a", "1", new Write.Refused("a compare failed")));
  }

  @Test
  void tornTransactionIsNoticed() {
    Write both = new Write(List.of(Effect.put("a", "1"), Effect.put("b", "1")), null, UNKNOWN);

    assertFails(List.of(put(2, "a", "1", null)), both);
  }

  @Test
  void gapIsNoticed() {
    assertFails(List.of(put(3, "a", "1", null)), write("a", "1", at(3)));
  }

  @Test
  void compareThatCannotHaveHeldIsNoticed() {
    assertFails(
        List.of(put(2, "a", "1", null)), new Write(List.of(Effect.put("a", "1")), 7L, at(2)));
  }

  @Test
  void missingPreviousValueIsNoticed() {
    assertFails(
        List.of(put(2, "a", "1", null), put(3, "a", "2", null)),
        write("a", "1", at(2)),
        write("a", "2", at(3)));
  }

  private void assertFails(List<Transaction> log, Write... writes) {
    assertThatThrownBy(() -> audit.check(log, List.of(writes))).isInstanceOf(AssertionError.class);
  }

  private static Write.Outcome at(long revision) {
    return new Write.Acknowledged(revision);
  }

  private static Write write(String key, String value, Write.Outcome outcome) {
    return new Write(List.of(Effect.put(key, value)), null, outcome);
  }

  private static Transaction put(
      long revision, String key, String value, @Nullable KeyValue before) {
    KeyValue.Builder kv =
        KeyValue.newBuilder()
            .setKey(ByteString.copyFromUtf8(key))
            .setValue(ByteString.copyFromUtf8(value))
            .setModRevision(revision)
            .setCreateRevision(before == null ? revision : before.getCreateRevision())
            .setVersion(before == null ? 1 : before.getVersion() + 1);
    Event.Builder event = Event.newBuilder().setKv(kv);
    if (before != null) {
      event.setPrevKv(before);
    }
    return new Transaction(revision, List.of(event.build()));
  }
}
