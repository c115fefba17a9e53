package dev.rowan.packaging;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a package is made of.
 *
 * @param built what the server's module built: its jars and their libraries
 * @param files what a distribution has beside it
 * @param tools the Go module of the image's programs
 * @param license the project's
 * @param bom the list of its libraries, CycloneDX in JSON
 * @param time what everything in it says of when it was changed
 * @param machine what it is for
 * @param downloads where what the build machine has not comes from
 */
record Inputs(
    Path built,
    Path files,
    Path tools,
    Path license,
    Path bom,
    String version,
    Instant time,
    Machine machine,
    Downloads downloads) {

  /**
   * Changes whenever a package of them would, also for another JDK; not with the C library of the
   * day, which a build from nothing has.
   */
  String digest(Path programs) throws IOException {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String what = version + time + machine + Runtime.version();
      digest.update(what.getBytes(StandardCharsets.UTF_8));
      for (Path root : List.of(built, files, tools, license, bom, programs)) {
        try (Stream<Path> paths = Files.walk(root)) {
          paths.filter(Inputs::counts).sorted().forEach(path -> add(digest, root, path));
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Not what ./rowan leaves beside what was built. */
  private static boolean counts(Path path) {
    String name = path.getFileName().toString();
    return Files.isRegularFile(path) && !name.contains(".aot") && !name.equals("built");
  }

  private static void add(MessageDigest digest, Path root, Path path) {
    try {
      digest.update(root.relativize(path).toString().getBytes(StandardCharsets.UTF_8));
      digest.update(Files.readAllBytes(path));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
