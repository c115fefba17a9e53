package dev.rowan.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Batches;
import dev.rowan.dialects.Head;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.dialects.sqlite.MemberFile;
import dev.rowan.proto.rowanpb.Entry;
import dev.rowan.raft.LogPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a member does with entries that its store should have come to by itself. */
final class QuorumMachineTest {
  private static final long CLUSTER = 7;

  @TempDir Path folder;

  private static ByteString entry(Batch batch) {
    return Entry.newBuilder()
        .setBatch(BatchCodec.encode(batch, 1 << 20).getFirst())
        .build()
        .toByteString();
  }

  private static Head moved(Head head, long position, long token) {
    return new Head(position, head.revision(), head.compactRevision(), token, head.clusterId());
  }

  private static Batch next(Head head) {
    Batches batches = new Batches(head);
    return batches.next(batches.put("a", "1"));
  }

  @Test
  void storeThatIsNotTheOthersEndsTheMember() throws Exception {
    try (MemberFile file = MemberFile.open(folder.resolve("rowan.db"), CLUSTER)) {
      QuorumMachine machine = new QuorumMachine(file, new Membership(List.of()));
      machine.apply(new LogPosition(1, 0), entry(next(machine.head())));
      Head head = machine.head();

      assertDiffers(machine, moved(head, head.position() + 1, 5));
      assertDiffers(machine, moved(head, head.position(), head.token() + 1));

      assertThat(file.log().head()).isEqualTo(head);
    }
  }

  private static void assertDiffers(QuorumMachine machine, Head proposers) {
    assertThatThrownBy(() -> machine.apply(new LogPosition(1, 1), entry(next(proposers))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("this member's store differs from the others'");
  }

  @Test
  void damagedStateOfAnotherMemberIsNotTakenOver() throws Exception {
    Path received = Files.writeString(folder.resolve("received-1-7"), "no state of anybody's");
    try (MemberFile file = MemberFile.open(folder.resolve("rowan.db"), CLUSTER)) {
      QuorumMachine machine = new QuorumMachine(file, new Membership(List.of()));
      machine.apply(new LogPosition(1, 0), entry(next(machine.head())));
      Head head = machine.head();

      assertThatThrownBy(() -> machine.install(received, new LogPosition(1, 7)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(received.toString());

      assertThat(machine.head()).isEqualTo(head);
      assertThat(file.log().head()).isEqualTo(head);
      assertThat(machine.installs()).isZero();
    }
  }

  /** Reads of the old file end; those that ask where the log is now find the new one. */
  @Test
  void stateOfAnotherMemberTakesThePlaceOfThisOnes() throws Exception {
    Path copy = folder.resolve("received-1-1");
    try (MemberFile other = MemberFile.open(folder.resolve("other.db"), CLUSTER);
        MemberFile file = MemberFile.open(folder.resolve("rowan.db"), CLUSTER)) {
      QuorumMachine others = new QuorumMachine(other, new Membership(List.of()));
      others.apply(new LogPosition(1, 0), entry(next(others.head())));
      others.apply(new LogPosition(1, 1), entry(next(others.head())));
      LogPosition position = others.snapshot(copy);
      QuorumMachine machine = new QuorumMachine(file, new Membership(List.of()));
      RevisionLog before = file.log();

      machine.install(copy, position);

      assertThat(machine.head()).isEqualTo(others.head());
      assertThat(machine.applied()).isEqualTo(position);
      assertThatThrownBy(before::size).isInstanceOf(IllegalStateException.class);
      assertThat(file.settledLog()).isNotEqualTo(before);
      assertThat(file.settledLog().head()).isEqualTo(others.head());
    }
  }

  @Test
  void batchThatWasOvertakenIsPassedOver() throws Exception {
    try (MemberFile file = MemberFile.open(folder.resolve("rowan.db"), CLUSTER)) {
      QuorumMachine machine = new QuorumMachine(file, new Membership(List.of()));
      Head before = machine.head();
      machine.apply(new LogPosition(1, 0), entry(next(before)));
      Head head = machine.head();

      machine.apply(new LogPosition(1, 1), entry(next(before)));

      assertThat(machine.head()).isEqualTo(head);
      assertThat(head.position()).isEqualTo(before.position() + 1);
    }
  }
}
