package dev.rowan.it.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.GoBinaries;
import dev.rowan.it.GoProgram;
import dev.rowan.it.Launcher;
import dev.rowan.it.Ports;
import dev.rowan.it.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** docs/quorum.md: its commands, one after the other in one shell, on ports that are free here. */
final class QuorumPageIT {
  private static final Path PAGE = Path.of("../docs/quorum.md");
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```sh\n(.*?)^```$");
  private static final Pattern ADDRESS = Pattern.compile("127\\.0\\.0\\.1:(\\d+)");
  private static final String ENDING = "trap 'kill -9 $(jobs -p) 2>/dev/null' EXIT\n";
  private static final String DONE = "every command was run";
  private static final Duration ALL_MAX = Duration.ofMinutes(5);

  @Test
  void everyCommandDoesWhatThePageSays() throws IOException, InterruptedException {
    List<String> blocks =
        BLOCK.matcher(Files.readString(PAGE)).results().map(block -> block.group(1)).toList();
    assertThat(blocks).hasSize(4);
    Path folder = Server.newFolder("quorum-page");
    Files.createSymbolicLink(folder.resolve("rowan"), Launcher.script());
    Path output = folder.resolve("log");
    String script = "set -eu\n" + here(String.join("\n", blocks)) + "\necho " + DONE + "\n";
    ProcessBuilder shell =
        new ProcessBuilder("sh", "-c", ENDING + script + "read end_of_the_test")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    String programs = String.valueOf(GoBinaries.path(GoProgram.ETCDCTL).getParent());
    shell.environment().merge("PATH", programs, (path, first) -> first + ":" + path);
    Process run = shell.start();
    try {
      awaitDone(run, output);
    } finally {
      run.descendants().forEach(ProcessHandle::destroyForcibly);
      run.destroyForcibly();
    }
    String printed = Files.readString(output);
    assertThat(printed).contains(DONE).contains("greeting\nhello\n").contains("grown\nyes\n");
    assertThat(printed.lines().filter("greeting"::equals)).hasSize(2);
  }

  private static String here(String commands) {
    Map<String, Integer> ports = new HashMap<>();
    return ADDRESS
        .matcher(commands)
        .replaceAll(address ->
            Matcher.quoteReplacement(
                "127.0.0.1:" + ports.computeIfAbsent(address.group(1), known -> Ports.free())));
  }

  private static void awaitDone(Process run, Path output) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + ALL_MAX.toNanos();
    while (run.isAlive() && !Files.readString(output).contains(DONE)) {
      assertThat(System.nanoTime()).as(() -> tail(output)).isLessThan(deadline);
      var _ = run.waitFor(100, TimeUnit.MILLISECONDS);
    }
  }

  private static String tail(Path output) {
    try {
      return Files.readString(output);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
