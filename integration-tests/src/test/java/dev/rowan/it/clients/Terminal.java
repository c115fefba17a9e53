package dev.rowan.it.clients;

import dev.rowan.it.GoBinaries;
import dev.rowan.it.GoProgram;
import dev.rowan.it.Server;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A shell in which etcdctl is of the tests and finds one server. Knows which ids of a document the
 * server has drawn otherwise: those that stood where it put its own. Not thread-safe.
 */
final class Terminal {
  /** Longer than any command takes on a busy machine. */
  private static final Duration COMMAND_MAX = Duration.ofSeconds(60);

  private static final Pattern ID = Pattern.compile("\\b(?:[0-9a-f]{13,16}|\\d{17,20})\\b");
  private static final Pattern TIME = Pattern.compile("took (?:= )?\\S+|remaining\\(\\d+s\\)");
  private static final Pattern SIZE = Pattern.compile("\\b[\\d.]+ [kMGTPE]?B\\b|\\b\\d+%");
  private static final String PORT = "2379";
  private static final String LOGGED = "{\"level\":\"warn\"";

  private final Server server;
  private final Map<String, String> ids = new HashMap<>();

  Terminal(Server server) {
    this.server = server;
  }

  /** Runs a command, with the server's ids for the document's, to its end. */
  String run(String command) throws IOException {
    Process shell = start(command);
    CompletableFuture<Process> _ = kill(shell);
    return output(new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
  }

  /** Runs a command until it has printed so many lines, and interrupts it. */
  String interrupt(String command, long lines) throws IOException {
    Process shell = start("exec " + command);
    CompletableFuture<Process> _ = kill(shell);
    List<String> read = new ArrayList<>();
    try (BufferedReader reader = shell.inputReader()) {
      String line = "";
      while (line != null && read.size() < lines) {
        line = reader.readLine();
        read.add(String.valueOf(line));
      }
      shell.destroy();
      shell.onExit().join();
    }
    return output(String.join("\n", read) + "\n");
  }

  private Process start(String command) throws IOException {
    String own = ID.matcher(command).replaceAll(id -> ids.getOrDefault(id.group(), id.group()));
    ProcessBuilder shell = new ProcessBuilder("sh", "-c", own).redirectErrorStream(true);
    String programs = String.valueOf(GoBinaries.path(GoProgram.ETCDCTL).getParent());
    shell.environment().merge("PATH", programs, (path, first) -> first + ":" + path);
    shell.environment().put("ETCDCTL_ENDPOINTS", "127.0.0.1:" + server.port());
    return shell.start();
  }

  private static CompletableFuture<Process> kill(Process late) {
    return late.onExit()
        .orTimeout(COMMAND_MAX.toSeconds(), TimeUnit.SECONDS)
        .whenComplete((done, timeout) -> {
          if (timeout != null) {
            late.descendants().forEach(ProcessHandle::destroyForcibly);
            late.destroyForcibly();
          }
        });
  }

  private String output(String text) {
    List<String> lines = new ArrayList<>(List.of(text.split("\n", -1)));
    lines.removeIf(line -> line.startsWith(LOGGED));
    if (!lines.isEmpty() && lines.getLast().isEmpty() && text.endsWith("\n")) {
      lines.removeLast();
    }
    return String.join("\n", lines).replace("127.0.0.1:" + server.port(), "127.0.0.1:" + PORT);
  }

  /** Takes the ids of an output for those that the document has at its places. */
  void learn(String documented, String output) {
    List<String> here = ids(documented);
    List<String> there = ids(output);
    for (int i = 0; i < Math.min(here.size(), there.size()); i++) {
      ids.putIfAbsent(here.get(i), there.get(i));
    }
  }

  private static List<String> ids(String text) {
    return ID.matcher(text).results().map(MatchResult::group).toList();
  }

  /** The document's output, with what differs from run to run masked, and the server's ids. */
  String expected(String documented) {
    return masked(
        ID.matcher(documented).replaceAll(id -> ids.getOrDefault(id.group(), id.group())));
  }

  /** An output with what differs from run to run masked. */
  static String masked(String text) {
    return SIZE.matcher(TIME.matcher(text).replaceAll("(time)")).replaceAll("(size)");
  }
}
