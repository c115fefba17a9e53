package dev.rowan.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** QEMU, by which packages for machines of another kind are tried on this one. */
final class Emulator {
  private Emulator() {}

  /** Gets the one that runs a machine's programs, unless it is in the folder. */
  static void get(Machine machine, Downloads downloads, Path folder)
      throws IOException, InterruptedException {
    Path program = folder.resolve("qemu-" + machine.linux);
    if (Files.exists(program)) {
      return;
    }
    Machine here = Machine.here().orElseThrow();
    String path = "usr/bin/" + program.getFileName();
    Path unpacked =
        DebianPackage.of("qemu-user", here, downloads)
            .unpack(path::equals, folder.resolve("qemu-user"))
            .stream()
            .findFirst()
            .orElseThrow(() -> new IOException("Debian's qemu-user has no " + path));
    Files.setPosixFilePermissions(unpacked, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.move(unpacked, program);
  }
}
