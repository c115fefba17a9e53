package dev.rowan.packaging;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Makes the packages, unless they are there and nothing has changed since. */
final class Packaging {
  private Packaging() {}

  /** Takes the project's folder, its version, and the time that everything in a package has. */
  public static void main(String[] args) throws IOException, InterruptedException {
    Optional<Machine> machine = Machine.here();
    if (machine.isEmpty()) {
      say("packages are made on Linux with glibc, for amd64 and arm64: none is made here");
      return;
    }
    Path project = Path.of(args[0]).toAbsolutePath().normalize();
    Path module = project.resolve("packaging");
    Path target = module.resolve("target");
    Inputs inputs =
        new Inputs(
            project.resolve("shim/target/dist"),
            module.resolve("src/main/dist"),
            module.resolve("tools"),
            project.resolve("LICENSE"),
            target.resolve("bom.json"),
            args[1],
            Instant.parse(args[2]),
            machine.get());
    String name = "rowan-" + inputs.version() + "-linux-" + inputs.machine().name;
    Path image = target.resolve(name + "-image.tar");
    Path made = target.resolve(name + ".made");
    boolean go = isThereGo();
    String digest = inputs.digest(target.resolve("classes")) + go;
    if (Files.exists(made) && Files.readString(made).equals(digest)) {
      return;
    }
    Files.deleteIfExists(made);
    Files.deleteIfExists(image);
    Path tree = target.resolve(name);
    delete(tree);
    Distribution distribution = new Distribution(tree);
    distribution.make(inputs);
    distribution.pack(target.resolve(name + ".tar.gz"), inputs.time());
    if (go) {
      new Image(distribution, target.resolve("image")).make(inputs, image);
    } else {
      say("Go is not on the PATH: no image is made");
    }
    Files.writeString(made, digest);
  }

  /** Of what isn't made; {@code CI=true} says that all must be. */
  private static void say(String problem) {
    if ("true".equals(System.getenv("CI"))) {
      throw new IllegalStateException(problem);
    }
    System.err.println(problem);
  }

  private static boolean isThereGo() {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.of(path.split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "go")));
  }

  private static void delete(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> paths = Files.walk(folder)) {
        for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
