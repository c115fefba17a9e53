package dev.rowan.it.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.rowan.it.Ports;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.TlsDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The image: its description, and what runs from its layers where there is nothing else. */
final class ImageIT {
  /** It takes root, with rights that root in a container may lack. */
  private static final boolean MAY_MOUNT = mayMount();

  private static Path folder = Path.of("");
  private static Path root = Path.of("");
  private static JsonObject config = new JsonObject();

  @BeforeAll
  static void unpack() throws IOException {
    folder = Server.newFolder("image");
    UnpackedImage image = UnpackedImage.of(Packages.image(), folder);
    config = image.config();
    root = image.root();
    for (String mounted : List.of("proc", "dev")) {
      Files.createDirectories(root.resolve(mounted));
    }
    // Whatever this machine's mask is, the image's user is to get in.
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static boolean mayMount() {
    Path tried = Server.newFolder("mount");
    List<String> mount =
        List.of(
            "unshare",
            "--mount",
            "sh",
            "-c",
            "mount --rbind /proc \"$0\" && command -v chroot && [ \"$(id -u)\" = 0 ]",
            tried.toString());
    try {
      return !Packages.run(mount).isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  /** Hundreds of megabytes; the logs stay. */
  @AfterAll
  static void delete() throws IOException {
    Packages.delete(root);
  }

  /** The command in a container's stead: the image's files, its user, /proc and /dev. */
  private static List<String> contained(String... command) throws IOException {
    Assumptions.assumeTrue(MAY_MOUNT, "this user may not mount and change the root");
    List<String> all =
        new ArrayList<>(
            List.of(
                "unshare",
                "--mount",
                "sh",
                "-c",
                "mount --rbind /proc \"$0/proc\" && mount --rbind /dev \"$0/dev\""
                    + " && exec env -i PATH=/bin ROWAN_JAVA_OPTS=-XX:AOTMode=on"
                    + " \"$(command -v chroot)\" --userspec=65532:65532 \"$0\" \"$@\"",
                root.toString()));
    all.addAll(List.of(command));
    return all;
  }

  /** A folder that the image's user may write to, as a volume is. */
  private static Path volume(String name) throws IOException {
    Path volume = Files.createDirectories(root.resolve(name));
    Files.setPosixFilePermissions(volume, PosixFilePermissions.fromString("rwxrwxrwx"));
    return volume;
  }

  @Test
  void itIsForThisMachineAndNobodysUser() {
    JsonObject run = config.getAsJsonObject("config");

    assertThat(config.get("architecture").getAsString()).isEqualTo(Packages.machine());
    assertThat(config.get("os").getAsString()).isEqualTo("linux");
    assertThat(run.get("User").getAsString()).isEqualTo("65532:65532");
    assertThat(run.getAsJsonArray("Entrypoint")).hasToString("[\"/bin/rowan\"]");
    assertThat(run.getAsJsonObject("ExposedPorts").keySet())
        .containsExactlyInAnyOrder("2379/tcp", "2380/tcp");
  }

  @Test
  void nothingRunsAsSomebodyElseOrIsEverybodys() throws IOException {
    String found =
        Packages.run(
            List.of(
                "find",
                root.toString(),
                "-xdev",
                "(",
                "-perm",
                "/6000",
                "-o",
                "-type",
                "f",
                "-perm",
                "-0002",
                ")"));

    assertThat(found).isEmpty();
    assertThat(root.resolve("etc/passwd")).content().contains("rowan:x:65532:65532:");
    assertThat(root.resolve("licenses/README")).content().contains("GNU C Library");
  }

  @Test
  void whatItIsMadeOfIsListedWithItsLicence() throws IOException {
    assertThat(components("opt/rowan/sbom.json"))
        .contains("grpc-netty", "sqlite-jdbc", "mariadb-java-client", "openjdk");
    assertThat(components("licenses/sbom.json"))
        .contains("libc6", "std", "mvdan.cc/sh/v3", "golang.org/x/sys")
        .allSatisfy(name ->
            assertThat(
                    name.equals("libc6")
                        || Files.exists(root.resolve("licenses").resolve(name.replace('/', '_'))))
                .as(name)
                .isTrue());
  }

  private static List<String> components(String list) throws IOException {
    List<String> names = new ArrayList<>();
    for (JsonElement component :
        JsonParser.parseString(Files.readString(root.resolve(list)))
            .getAsJsonObject()
            .getAsJsonArray("components")) {
      JsonObject named = component.getAsJsonObject();
      assertThat(named.get("licenses")).as("%s", named.get("name")).isNotNull();
      names.add(named.get("name").getAsString());
    }
    return names;
  }

  @Test
  void itServesFromItsLayers() throws IOException {
    int port = Ports.free();
    try (ServerProcess server =
        ServerProcess.start(
            contained(
                "/bin/rowan",
                "--data-dir=/var/lib/rowan/data",
                "--listen-client-urls=http://127.0.0.1:" + port),
            folder.resolve("log"))) {
      server.awaitReady();

      assertThat(Packages.etcdctl(folder, "127.0.0.1:" + port, "put", "greeting", "hello"))
          .isEqualTo("OK\n");
      assertThat(Packages.etcdctl(folder, "127.0.0.1:" + port, "get", "greeting"))
          .isEqualTo("greeting\nhello\n");
      assertThat(root.resolve("var/lib/rowan/data/rowan.db")).exists();
      assertThat(server.terminate()).isZero();
    }
  }

  @Test
  void itStandsWhereKineStood() throws IOException {
    Path uds = volume("uds");
    try (ServerProcess server =
        ServerProcess.start(
            contained(
                "/bin/kine",
                "--listen-address=unix:///uds/kine.sock",
                "--endpoint=sqlite:///uds/state.db",
                "--metrics-bind-address=0"),
            folder.resolve("kine.log"))) {
      server.awaitReady();

      // A socket's whole path may be too long.
      assertThat(Packages.etcdctl(uds, "unix://kine.sock", "put", "greeting", "hello"))
          .isEqualTo("OK\n");
      assertThat(Packages.etcdctl(uds, "unix://kine.sock", "get", "greeting"))
          .isEqualTo("greeting\nhello\n");
      assertThat(server.terminate()).isZero();
    }
  }

  /** As Kamaji starts it, but for the names of its files. */
  @ParameterizedTest
  @EnumSource
  void itStandsWhereKineStoodOverADatabaseWithTls(TlsDatabase.Product product) throws IOException {
    String name = product.name().toLowerCase(Locale.ROOT);
    Path certs = volume(name);
    try (TlsDatabase database = TlsDatabase.start(product, certs)) {
      Files.setPosixFilePermissions(database.key(), PosixFilePermissions.fromString("rw-r--r--"));
      Function<Path, String> inside = file -> "/" + root.relativize(file);
      try (ServerProcess server =
          ServerProcess.start(
              contained(
                  "/bin/kine",
                  "--listen-address=unix:///" + name + "/kine.sock",
                  "--endpoint=" + database.endpoint(),
                  "--ca-file=" + inside.apply(database.root()),
                  "--cert-file=" + inside.apply(database.certificate()),
                  "--key-file=" + inside.apply(database.key()),
                  "--metrics-bind-address=0"),
              folder.resolve(name + ".log"))) {
        server.awaitReady();

        assertThat(Packages.etcdctl(certs, "unix://kine.sock", "put", "greeting", "hello"))
            .isEqualTo("OK\n");
        assertThat(server.terminate()).isZero();
      }
    }
  }

  @Test
  void anInitContainerCopiesSecretsWithItsShell() throws IOException {
    Path secret = volume("kine");
    Files.writeString(Files.createDirectory(secret.resolve("..data")).resolve("server.key"), "key");
    Files.createSymbolicLink(secret.resolve("server.key"), Path.of("..data/server.key"));
    Path copy = volume("certs").resolve("server.key");

    Packages.run(contained("sh", "-c", "cp /kine/*.* /certs && chmod -R 600 /certs/*.*"));

    assertThat(copy).hasContent("key").isRegularFile();
    assertThat(Files.getPosixFilePermissions(copy, LinkOption.NOFOLLOW_LINKS))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void etcdIsAnotherOfItsNames() throws IOException {
    assertThat(Packages.run(contained("etcd", "--version")))
        .isEqualTo(Packages.run(contained("/bin/rowan", "--version")));
  }
}
