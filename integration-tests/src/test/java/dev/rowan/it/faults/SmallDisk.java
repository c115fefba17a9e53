package dev.rowan.it.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A file system of some megabytes, of which a file takes a part until it is deleted. */
record SmallDisk(Path folder) implements AutoCloseable {
  private static final int SQLITE_MEGABYTES = 24;
  private static final int BALLAST_BYTES = 12 << 20;

  /** Mounts one for a SQLite file, half full. */
  static SmallDisk mount() {
    SmallDisk disk = mount(SQLITE_MEGABYTES);
    disk.fill(BALLAST_BYTES);
    return disk;
  }

  /** Mounts an empty one; the calling test is skipped where that is not permitted. */
  static SmallDisk mount(int megabytes) {
    try {
      Path folder = Files.createTempDirectory("rowan-small-disk-");
      String size = "size=" + megabytes + "m";
      int status = run("mount", "-t", "tmpfs", "-o", size, "rowan-small-disk", folder.toString());
      if (status != 0) {
        Files.delete(folder);
      }
      Assumptions.assumeTrue(status == 0, "only root may mount a small disk to fill");
      return new SmallDisk(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Takes all of it but so many bytes; others may take these meanwhile. */
  void leave(long bytes) {
    fill(Math.max(0, usable() - bytes));
  }

  private void fill(long bytes) {
    try {
      Files.write(ballast(), new byte[Math.toIntExact(bytes)]);
    } catch (IOException e) {
      if (usable() > 0) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private long usable() {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Frees what was taken. */
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
