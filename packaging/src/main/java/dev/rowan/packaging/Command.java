package dev.rowan.packaging;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Programs of the build machine. */
final class Command {
  /** What the build machine says to every JVM, or to Rowan, is nothing for what is published. */
  private static final List<String> FOREIGN =
      List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JDK_AOT_VM_OPTIONS");

  private static final List<String> FOREIGN_PREFIXES = List.of("ETCD_", "ROWAN_", "KINE_");

  /** A download over a slow network, at most. */
  private static final int MINUTES_MAX = 15;

  private Command() {}

  /**
   * Runs a program to its end and returns what it printed to the standard output; it has to end
   * well, and in time.
   */
  static String run(Path folder, Map<String, String> environment, List<String> command)
      throws IOException, InterruptedException {
    return run(folder, environment, command, false);
  }

  /** Likewise, with what it printed to the standard error output behind it. */
  static String said(Path folder, List<String> command) throws IOException, InterruptedException {
    return run(folder, Map.of("LC_ALL", "C"), command, true);
  }

  private static String run(
      Path folder, Map<String, String> environment, List<String> command, boolean withErrors)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile("rowan-packaging", ".out");
    Path errors = Files.createTempFile("rowan-packaging", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectOutput(output.toFile())
              .redirectError(errors.toFile());
      builder.environment().keySet().removeIf(Command::isForeign);
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IOException(command + " took more than " + MINUTES_MAX + " minutes");
      }
      String printed = Files.readString(output, StandardCharsets.UTF_8);
      if (process.exitValue() != 0) {
        throw new IOException(
            command
                + " ended with "
                + process.exitValue()
                + "\n"
                + printed
                + Files.readString(errors, StandardCharsets.UTF_8));
      }
      return withErrors ? printed + Files.readString(errors, StandardCharsets.UTF_8) : printed;
    } finally {
      Files.delete(output);
      Files.delete(errors);
    }
  }

  private static boolean isForeign(String variable) {
    return FOREIGN.contains(variable) || FOREIGN_PREFIXES.stream().anyMatch(variable::startsWith);
  }
}
