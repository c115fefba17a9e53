package dev.rowan.packaging;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Makes the packages, unless they are there and nothing has changed since. */
final class Packaging {
  private Packaging() {}

  /**
   * Takes the project's folder, its version, the time that everything in a package has, and a
   * folder for downloads.
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Path project = Path.of(args[0]).toAbsolutePath().normalize();
    Path module = project.resolve("packaging");
    Path target = module.resolve("target");
    if (Machine.here().isEmpty()) {
      say("packages are made on Linux with glibc, on amd64 and arm64: none is made here");
      return;
    }
    Downloads downloads = new Downloads(Path.of(args[3]));
    for (Machine machine : Machine.values()) {
      Inputs inputs =
          new Inputs(
              project.resolve("shim/target/dist"),
              module.resolve("src/main/dist"),
              module.resolve("tools"),
              project.resolve("LICENSE"),
              target.resolve("bom.json"),
              args[1],
              Instant.parse(args[2]),
              machine,
              downloads);
      try {
        make(inputs, target);
        if (!machine.isHere()) {
          Emulator.get(machine, downloads, target);
        }
      } catch (Downloads.Unreachable e) {
        say("not all is made for " + machine.name + ": " + e.getMessage());
      }
    }
  }

  private static void make(Inputs inputs, Path target) throws IOException, InterruptedException {
    String name = "rowan-" + inputs.version() + "-linux-" + inputs.machine().name;
    Path made = target.resolve(name + ".made");
    String digest = inputs.digest(target.resolve("classes")) + goVersion();
    if (Files.exists(made) && Files.readString(made).equals(digest)) {
      return;
    }
    Path image = target.resolve(name + "-image.tar");
    Files.deleteIfExists(made);
    Files.deleteIfExists(image);
    Path tree = target.resolve(name);
    delete(tree);
    Distribution distribution = new Distribution(tree);
    distribution.make(inputs);
    distribution.pack(target.resolve(name + ".tar.gz"), inputs.time());
    if (goVersion().isEmpty()) {
      say("Go is not on the PATH: no image is made");
    } else {
      new Image(distribution, target.resolve(name + "-image")).make(inputs, image);
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

  /** Empty if there is none. */
  private static String goVersion() throws IOException, InterruptedException {
    String path = System.getenv().getOrDefault("PATH", "");
    boolean there =
        Stream.of(path.split(File.pathSeparator, -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "go")));
    return there ? Command.run(Path.of("."), Map.of(), List.of("go", "version")).strip() : "";
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
