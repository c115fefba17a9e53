package dev.rowan.it.clients;

import dev.rowan.it.GoBinaries;
import dev.rowan.it.GoProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A run of a client program to its end. */
public record Program(int status, String output) {
  /** The longest: kubecheck waits for namespaces to go. */
  private static final Duration RUN_MAX = Duration.ofMinutes(6);

  /** Runs it; output and errors are one text. */
  public static Program run(GoProgram program, String input, List<String> arguments) {
    try {
      Process process = start(program, arguments);
      try (var in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      }
      CompletableFuture<Process> _ =
          process
              .onExit()
              .orTimeout(RUN_MAX.toSeconds(), TimeUnit.SECONDS)
              .whenComplete((done, late) -> {
                if (late != null) {
                  process.destroyForcibly();
                }
              });
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Program(process.onExit().join().exitValue(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it. */
  public static Process start(GoProgram program, List<String> arguments) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(GoBinaries.path(program).toString());
    command.addAll(arguments);
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }
}
