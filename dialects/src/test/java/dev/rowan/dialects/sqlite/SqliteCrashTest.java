package dev.rowan.dialects.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.Batches;
import dev.rowan.dialects.Loaded;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.LogRow;
import dev.rowan.dialects.RevisionLog;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kills a process in the middle of its appends, and looks for what it had acknowledged. */
final class SqliteCrashTest {
  private static final int ROUNDS = 5;

  @TempDir Path folder;

  @Test
  void acknowledgedBatchesOutliveTheProcess() throws Exception {
    Path file = folder.resolve("state.db");
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    long acknowledged = 1;
    for (int round = 0; round < ROUNDS; round++) {
      Process writer = start(file);
      try (BufferedReader lines = writer.inputReader()) {
        int killAfter = 1 + random.nextInt(300);
        for (int i = 0; i < killAfter; i++) {
          acknowledged = Long.parseLong(lines.readLine());
        }
        assertThatThrownBy(() -> SqliteLog.open(file, true))
            .isInstanceOf(LogException.Unavailable.class)
            .hasMessageContaining(Long.toString(writer.pid()));
        // By its handle: the process's own method would close the stream that is read below.
        writer.toHandle().destroyForcibly();
        String line = lines.readLine();
        while (line != null) {
          acknowledged = Long.parseLong(line);
          line = lines.readLine();
        }
      }
      writer.waitFor();

      try (RevisionLog log = SqliteLog.open(file, true)) {
        Loaded loaded = Loaded.from(log);
        assertThat(loaded.head().revision())
            .as("seed %s", seed)
            .isGreaterThanOrEqualTo(acknowledged);
        assertThat(loaded.rows()).hasSize((int) (2 * (loaded.head().revision() - 1)));
      }
    }
  }

  private static Process start(Path file) throws IOException {
    return new ProcessBuilder(
            ProcessHandle.current().info().command().orElse("java"),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
            Writer.class.getName(),
            file.toString())
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }

  /** Appends batches of two rows for ever, and writes each revision out once it is appended. */
  static final class Writer {
    public static void main(String[] arguments) throws Exception {
      try (RevisionLog log = SqliteLog.open(Path.of(arguments[0]), true)) {
        Batches batches = new Batches(log.head());
        while (true) {
          LogRow first = batches.put("a", "x".repeat(500));
          log.append(batches.next(first, batches.sameRevision(first, "b")));
          System.out.println(first.revision());
        }
      }
    }
  }
}
