package dev.rowan.it.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.ServerProcess;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What becomes of a member whose files a power cut, a disk or an operator has damaged. */
final class MemberDamageIT {
  private static final int HEADER_BYTES = 100;
  private static final String WHAT_TO_DO = "remove this one from the cluster";

  /** A follower of three, with some entries, that is away while there come more. */
  private static int away(QuorumGroup group) {
    int away = group.follower();
    for (int i = 0; i < 20; i++) {
      group.put(away, "key" + i, "v".repeat(500));
    }
    assertThat(group.member(away).process().terminate()).isZero();
    group.put(group.leader(), "later", "1");
    return away;
  }

  private static Path data(QuorumGroup group, int i) {
    return group.folder(i).resolve("data");
  }

  private static Path newestSegment(QuorumGroup group, int i) throws IOException {
    try (Stream<Path> files = Files.walk(data(group, i).resolve("raft"))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("log_"))
          .max(Comparator.comparing(Path::toString))
          .orElseThrow();
    }
  }

  /** Where the zeros begin that are set aside for more. */
  private static int end(Path segment) throws IOException {
    byte[] bytes = Files.readAllBytes(segment);
    int end = bytes.length;
    while (bytes[end - 1] == 0) {
      end--;
    }
    return end;
  }

  private static void overwrite(Path file, long at, byte[] with) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(with), at);
    }
  }

  /** Starts a member that cannot; returns why. */
  private static String refusal(QuorumGroup group, int i) {
    ServerProcess process = group.start(i);
    assertThat(process.awaitExit()).as(process.log()).isEqualTo(1);
    String log = process.log().strip();
    return log.substring(log.lastIndexOf('\n') + 1);
  }

  private static void delete(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.walk(folder)) {
      files = found.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
  }

  private static void deleteDatabase(QuorumGroup group, int i) throws IOException {
    for (String suffix : List.of("", "-wal", "-shm")) {
      Files.deleteIfExists(data(group, i).resolve("rowan.db" + suffix));
    }
  }

  @Test
  void entryThatAPowerCutTookIsGivenByTheOthers() throws Exception {
    try (QuorumGroup group = QuorumGroup.started(3)) {
      int torn = away(group);
      Path segment = newestSegment(group, torn);
      try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.WRITE)) {
        channel.truncate(end(segment) - 100);
      }

      group.start(torn).awaitReady();

      group.put(torn, "after", "1");
      group.awaitSame();
    }
  }

  /** And what the message says to do about it helps. */
  @Test
  void flippedByteIsNamedAndTheMemberIsReplaced() throws Exception {
    try (QuorumGroup group = QuorumGroup.started(3)) {
      int damaged = group.follower();
      long id = group.id(damaged);
      away(group);
      damaged = stopped(group);
      Path segment = newestSegment(group, damaged);
      int middle = end(segment) / 2;
      byte there = Files.readAllBytes(segment)[middle];
      overwrite(segment, middle, new byte[] {(byte) (there ^ 0x10)});

      assertThat(refusal(group, damaged))
          .contains(segment.getFileName().toString(), "it is damaged at byte", WHAT_TO_DO);

      group.remove(group.leader(), id);
      delete(data(group, damaged));
      group.joinAgain(group.leader(), damaged);
      group.put(damaged, "after", "1");
      group.awaitSame();
    }
  }

  private static int stopped(QuorumGroup group) {
    for (int i = 0; i < 3; i++) {
      if (!group.member(i).process().isAlive()) {
        return i;
      }
    }
    throw new AssertionError("all run");
  }

  @Test
  void damagedDatabaseIsNamed() throws Exception {
    try (QuorumGroup group = QuorumGroup.started(3)) {
      int damaged = away(group);
      Path database = data(group, damaged).resolve("rowan.db");
      byte[] noise = new byte[Math.toIntExact(Files.size(database)) - HEADER_BYTES];
      Arrays.fill(noise, (byte) 0xA5);
      overwrite(database, HEADER_BYTES, noise);

      assertThat(refusal(group, damaged)).contains(database.toString(), WHAT_TO_DO);
    }
  }

  /** As long as the log has all that was in it. */
  @Test
  void missingDatabaseIsMadeAgainFromTheLog() throws Exception {
    try (QuorumGroup group = QuorumGroup.started(3)) {
      int without = away(group);
      deleteDatabase(group, without);

      group.start(without).awaitReady();

      group.put(without, "after", "1");
      group.awaitSame();
    }
  }

  @Test
  void missingDatabaseThatTheLogHasNotIsNamed() throws Exception {
    try (QuorumGroup group = QuorumGroup.of(3)) {
      for (int i = 0; i < 3; i++) {
        group.start(i, "--snapshot-count=10", "--snapshot-catchup-entries=1");
      }
      for (int i = 0; i < 3; i++) {
        group.member(i).process().awaitReady();
      }
      for (int i = 0; i < 40; i++) {
        group.put(0, "key" + i, "v".repeat(1 << 20));
      }
      int without = away(group);
      deleteDatabase(group, without);

      assertThat(refusal(group, without)).contains("entries from 0 on are missing", WHAT_TO_DO);
    }
  }

  /** It might vote twice in a term, and not know of what it has acknowledged. */
  @Test
  void missingLogIsNamedWhetherTheOthersRunOrNot() throws Exception {
    try (QuorumGroup group = QuorumGroup.started(3)) {
      int without = away(group);
      delete(data(group, without).resolve("raft"));

      assertThat(refusal(group, without)).contains("has already been bootstrapped");

      for (int i = 0; i < 3; i++) {
        if (i != without) {
          group.kill(i);
        }
      }
      assertThat(refusal(group, without))
          .contains("is missing, though its state is at entry", WHAT_TO_DO);
    }
  }
}
