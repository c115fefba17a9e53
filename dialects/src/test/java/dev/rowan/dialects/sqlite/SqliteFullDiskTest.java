package dev.rowan.dialects.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Batch;
import dev.rowan.dialects.Batches;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A log on a file system of 4 MB; skipped where none may be mounted. */
final class SqliteFullDiskTest {
  @TempDir Path folder;

  @BeforeEach
  void mount() throws Exception {
    boolean mounted = run("mount", "-t", "tmpfs", "-o", "size=4m", "rowan", folder.toString()) == 0;
    assumeTrue(mounted, "a file system can be mounted");
  }

  @AfterEach
  void unmount() throws Exception {
    run("umount", folder.toString());
  }

  private static int run(String... command) throws IOException, InterruptedException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  @Test
  void fullDiskIsReportedAndOverWhenThereIsSpace() throws Exception {
    try (RevisionLog log = SqliteLog.open(folder.resolve("state.db"), true)) {
      Batches batches = new Batches(log.head());
      Path ballast = Files.write(folder.resolve("ballast"), new byte[3 << 20]);
      ByteString value = ByteString.copyFrom(new byte[1 << 20]);
      LogRow row = batches.put(ByteString.copyFromUtf8("a"), value);
      Batch batch = batches.next(row);

      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(() -> log.append(batch)).isInstanceOf(LogException.Full.class);
        assertThat(log.head().revision()).isEqualTo(1);
      }

      Files.delete(ballast);
      log.append(batch);
      assertThat(log.rows(new long[] {row.id()})).containsExactly(row);
    }
  }

  @Test
  void defragmentingWithoutSpaceIsReportedAndChangesNothing() throws Exception {
    try (RevisionLog log = SqliteLog.open(folder.resolve("state.db"), true)) {
      Batches batches = new Batches(log.head());
      ByteString value = ByteString.copyFrom(new byte[1 << 20]);
      LogRow row = batches.put(ByteString.copyFromUtf8("a"), value);
      log.append(batches.next(row));
      log.idle();
      Path ballast = Files.write(folder.resolve("ballast"), new byte[5 << 19]);

      for (int i = 0; i < 3; i++) {
        assertThatThrownBy(log::defragment).isInstanceOf(LogException.Full.class);
        assertThat(log.rows(new long[] {row.id()})).containsExactly(row);
      }

      Files.delete(ballast);
      log.defragment();
      LogRow second = batches.put("b", "1");
      log.append(batches.next(second));
      assertThat(log.rows(new long[] {row.id(), second.id()})).containsExactly(row, second);
    }
  }
}
