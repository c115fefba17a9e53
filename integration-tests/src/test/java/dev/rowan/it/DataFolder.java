package dev.rowan.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** The files of a database that is not running: copied aside, and put back to that copy. */
record DataFolder(Path folder) {
  void backUp() {
    run("rm", "-rf", copy());
    run("cp", "-a", folder.toString(), copy());
  }

  void putBack() {
    run("rm", "-rf", folder.toString());
    run("cp", "-a", copy(), folder.toString());
  }

  private String copy() {
    return folder + "-copy";
  }

  private static void run(String... command) {
    try {
      Process process = new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.onExit().join().exitValue() != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
