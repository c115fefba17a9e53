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
    String go = goVersion();
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
        make(inputs, go, target);
        if (!machine.isHere() && !Boolean.parseBoolean(args[4])) {
          Emulator.get(machine, downloads, target);
        }
      } catch (Downloads.Unreachable e) {
        say("not all is made for " + machine.name + ": " + e.getMessage());
      }
    }
  }

  private static void make(Inputs inputs, String go, Path target)
      throws IOException, InterruptedException {
    String name = "rowan-" + inputs.version() + "-linux-" + inputs.machine().name;
    String digest = inputs.digest(target.resolve("classes"));
    Distribution distribution = new Distribution(target.resolve(name));
    Path tar = target.resolve(name + ".tar.gz");
    Path image = target.resolve(name + "-image.tar");
    if (!isMade(tar, digest)) {
      Files.deleteIfExists(image);
      delete(distribution.folder());
      distribution.make(inputs);
      distribution.pack(tar, inputs.time());
      Files.writeString(mark(tar), digest);
    }
    if (go.isEmpty()) {
      say("Go is not on the PATH: no image is made");
    } else if (!isMade(image, digest + go)) {
      new Image(distribution, target.resolve(name + "-image")).make(inputs, image);
      Files.writeString(mark(image), digest + go);
    }
  }

  /** Whether it was made of the same; otherwise it isn't there any more. */
  private static boolean isMade(Path made, String digest) throws IOException {
    Path mark = mark(made);
    if (Files.exists(made) && Files.exists(mark) && Files.readString(mark).equals(digest)) {
      return true;
    }
    Files.deleteIfExists(mark);
    Files.deleteIfExists(made);
    return false;
  }

  private static Path mark(Path made) {
    return made.resolveSibling(made.getFileName() + ".made");
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
