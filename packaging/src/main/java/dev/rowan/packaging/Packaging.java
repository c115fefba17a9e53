package dev.rowan.packaging;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.stream.Stream;

/** Makes the packages, unless they are there and nothing has changed since. */
final class Packaging {
  private Packaging() {}

  /** Takes the project's folder, its version, and the time that everything in a package has. */
  public static void main(String[] args) throws IOException, InterruptedException {
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
            Machine.here());
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
      System.err.println("Go is not on the PATH: no image is made");
    }
    Files.writeString(made, digest);
  }

  /** Without Go there is no image, except where {@code CI=true} says that all must be made. */
  private static boolean isThereGo() {
    String path = System.getenv().getOrDefault("PATH", "");
    boolean found =
        Stream.of(path.split(File.pathSeparator, -1))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "go")));
    if (!found && "true".equals(System.getenv("CI"))) {
      throw new IllegalStateException("Go is not on the PATH, which builds the image's program");
    }
    return found;
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
