package dev.rowan.it.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A file system of a few megabytes, of which a file takes a part until it is deleted. */
record SmallDisk(Path folder) implements AutoCloseable {
  private static final String SIZE = "size=24m";
  private static final int BALLAST_BYTES = 12 << 20;

  /** Mounts one; the calling test is skipped where that is not permitted. */
  static SmallDisk mount() {
    try {
      Path folder = Files.createTempDirectory("rowan-small-disk-");
      int status = run("mount", "-t", "tmpfs", "-o", SIZE, "rowan-small-disk", folder.toString());
      if (status != 0) {
        Files.delete(folder);
      }
      Assumptions.assumeTrue(status == 0, "only root may mount a small disk to fill");
      SmallDisk disk = new SmallDisk(folder);
      Files.write(disk.ballast(), new byte[BALLAST_BYTES]);
      return disk;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Frees half of it. */
  void makeRoom() {
    try {
      Files.delete(ballast());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path ballast() {
    return folder.resolve("ballast");
  }

  private static int run(String... command) throws IOException {
    return new ProcessBuilder(List.of(command))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .onExit()
        .join()
        .exitValue();
  }

  @Override
  public void close() {
    try {
      run("umount", "--lazy", folder.toString());
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
