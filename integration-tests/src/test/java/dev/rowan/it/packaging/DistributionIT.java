package dev.rowan.it.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Ports;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The distribution, unpacked where there is no JDK to be found. */
final class DistributionIT {
  /** The JVM ends if it can't use the cache. */
  private static final String CACHE_OR_END = "ROWAN_JAVA_OPTS=-XX:AOTMode=on";

  private static Path folder = Path.of("");
  private static Path tree = Path.of("");

  @BeforeAll
  static void unpack() throws IOException {
    Path tar = Packages.distribution();
    folder = Server.newFolder("distribution");
    Packages.unpack(tar, folder);
    tree = folder.resolve(tar.getFileName().toString().replace(".tar.gz", ""));
  }

  /** Hundreds of megabytes; the log stays. */
  @AfterAll
  static void delete() throws IOException {
    Packages.delete(tree);
  }

  private static List<String> rowan(String... arguments) {
    return Packages.bare(
        List.of(CACHE_OR_END),
        Stream.concat(Stream.of(tree.resolve("bin/rowan").toString()), Stream.of(arguments))
            .toList());
  }

  @Test
  void itServesWithNothingButItself() throws IOException {
    int port = Ports.free();
    try (ServerProcess server =
        ServerProcess.start(
            rowan(
                "--data-dir=" + folder.resolve("data"),
                "--listen-client-urls=http://127.0.0.1:" + port),
            folder.resolve("log"))) {
      server.awaitReady();

      assertThat(Packages.etcdctl(folder, "127.0.0.1:" + port, "put", "greeting", "hello"))
          .isEqualTo("OK\n");
      assertThat(Packages.etcdctl(folder, "127.0.0.1:" + port, "get", "greeting"))
          .isEqualTo("greeting\nhello\n");
      assertThat(server.terminate()).isZero();
    }
  }

  @Test
  void bothCachesAreOfItsJarsAndRuntime() throws IOException {
    assertThat(Packages.run(rowan("--version"))).contains("etcd");
    assertThat(Packages.run(rowan("--version", "--initial-cluster="))).contains("etcd");
  }

  @Test
  void kineIsALinkAway() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("kine"), tree.resolve("bin/kine"));

    assertThat(Packages.run(Packages.bare(List.of(), List.of(link.toString(), "--help"))))
        .contains("Usage: rowan kine");
  }

  @Test
  void itHoldsWhatUsersLookFor() throws IOException {
    assertThat(tree.resolve("LICENSE")).exists();
    assertThat(tree.resolve("README.md")).content().contains("bin/rowan");
    assertThat(tree.resolve("licenses/LGPL-2.1.txt")).exists();
    assertThat(tree.resolve("runtime/legal")).isDirectoryContaining("glob:**java.base");
    assertThat(tree.resolve("share/man/man1/rowan.1")).content().contains("data\\-dir");
    assertThat(tree.resolve("systemd/rowan.service")).content().contains("ExecStart=/opt/rowan");
    assertThat(tree.resolve("sbom.json"))
        .content()
        .contains("CycloneDX", "sqlite-jdbc", "ratis-server")
        .doesNotContain("commons-compress", "junit");
    try (Stream<Path> natives = Files.list(tree.resolve("lib/native"))) {
      assertThat(natives).hasSize(2);
    }
    try (Stream<Path> jars = Files.list(tree.resolve("lib"))) {
      assertThat(jars.filter(jar -> jar.getFileName().toString().contains("-linux-"))).hasSize(1);
    }
  }

  @Test
  void theTarSaysNothingOfWhoMadeItAndWhen() throws IOException {
    List<String> lines =
        Packages.run(
                List.of(
                    "tar", "--numeric-owner", "--utc", "-tvzf", Packages.distribution().toString()))
            .lines()
            .toList();

    assertThat(lines)
        .hasSizeGreaterThan(100)
        .allSatisfy(line -> assertThat(line).matches(".{10} 0/0 .* 2026-01-01 00:00 .*"))
        .noneSatisfy(line -> assertThat(line.substring(0, 10)).containsAnyOf("s", "S"));
  }

  @Test
  void theUnitIsOneOfSystemds() throws IOException {
    Path unit = Files.copy(tree.resolve("systemd/rowan.service"), folder.resolve("rowan.service"));
    String text = Files.readString(unit).replace("/opt/rowan", tree.toString());
    Files.writeString(unit, text);
    if (Files.isExecutable(Path.of("/usr/bin/systemd-analyze"))) {
      // Whatever is wrong with other units of this machine.
      String verify = "systemd-analyze verify --man=no \"$0\" 2>&1 || true";
      assertThat(Packages.run(List.of("sh", "-c", verify, unit.toString())))
          .doesNotContain("rowan.service");
    }
    assertThat(text)
        .contains("NoNewPrivileges=yes", "ProtectSystem=strict", "StateDirectory=rowan");
  }
}
