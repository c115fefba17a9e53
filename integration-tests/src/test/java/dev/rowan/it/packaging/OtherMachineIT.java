package dev.rowan.it.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Ports;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The packages for machines of the other kind, whose programs an emulator runs here. */
final class OtherMachineIT {
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  /** Where an ELF file's header has its machine, of which the first byte says enough. */
  private static final int ELF_MACHINE = 18;

  private static final int ELF_X86_64 = 62;
  private static final int ELF_AARCH64 = 183;

  private static Path folder = Path.of("");
  private static Path image = Path.of("");

  @BeforeAll
  static void unpack() throws IOException {
    Path tar = Packages.othersImage();
    folder = Server.newFolder("other-machine");
    UnpackedImage unpacked = UnpackedImage.of(tar, folder);
    image = unpacked.root();
    assertThat(unpacked.config().get("architecture").getAsString()).isEqualTo(Packages.other());
  }

  /** Hundreds of megabytes; the log stays. */
  @AfterAll
  static void delete() throws IOException {
    Packages.delete(image);
  }

  private static int elfMachine(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] header = in.readNBytes(ELF_MACHINE + 1);
      boolean elf = Stream.of(0, 1, 2, 3).allMatch(i -> header.length > i && header[i] == ELF[i]);
      return elf && header.length > ELF_MACHINE ? header[ELF_MACHINE] & 0xff : 0;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The kinds of machine that there are programs and libraries for in a folder. */
  private static List<Integer> machines(Path tree) throws IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      return files
          .filter(file -> Files.isRegularFile(file) && !Files.isSymbolicLink(file))
          .map(OtherMachineIT::elfMachine)
          .filter(machine -> machine != 0)
          .distinct()
          .toList();
    }
  }

  @Test
  void allProgramsAndLibrariesAreForThatMachine() throws IOException {
    int expected = Packages.other().equals("arm64") ? ELF_AARCH64 : ELF_X86_64;
    Path tree = Files.createDirectory(folder.resolve("distribution"));
    Packages.unpack(Packages.othersDistribution(), tree);

    assertThat(machines(image)).containsExactly(expected);
    assertThat(machines(tree)).containsExactly(expected);
    Packages.delete(tree);
  }

  @Test
  void itsShellRuns() throws IOException {
    assertThat(
            Packages.run(
                List.of(
                    Packages.emulator().toString(),
                    image.resolve("bin/sh").toString(),
                    "-c",
                    "for each in a b; do printf $each; done")))
        .isEqualTo("ab");
  }

  @Test
  void itServesFromItsLayers() throws IOException {
    Path rowan = image.resolve("opt/rowan");
    Path natives = rowan.resolve("lib/native");
    int port = Ports.free();
    try (ServerProcess server =
        ServerProcess.start(
            List.of(
                Packages.emulator().toString(),
                "-L",
                image.toString(),
                rowan.resolve("runtime/bin/java").toString(),
                "@" + rowan.resolve("lib/jvm.options"),
                "-Dorg.sqlite.lib.path=" + natives,
                "-Djava.library.path=" + natives,
                "-cp",
                rowan.resolve("lib/rowan.jar").toString(),
                "dev.rowan.Main",
                "--data-dir=" + folder.resolve("data"),
                "--listen-client-urls=http://127.0.0.1:" + port),
            folder.resolve("log"))) {
      server.awaitReady();

      assertThat(
              Packages.etcdctl(
                  folder, "127.0.0.1:" + port, "--command-timeout=30s", "put", "greeting", "hello"))
          .isEqualTo("OK\n");
      assertThat(
              Packages.etcdctl(
                  folder, "127.0.0.1:" + port, "--command-timeout=30s", "get", "greeting"))
          .isEqualTo("greeting\nhello\n");
      assertThat(server.terminate()).isZero();
    }
  }
}
