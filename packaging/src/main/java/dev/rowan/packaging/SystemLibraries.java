package dev.rowan.packaging;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The C library of an image, with what loads it: Debian's, whatever system builds.
 *
 * @param version that of Debian's package
 * @param files unpacked, in one folder
 */
record SystemLibraries(Machine machine, String version, List<Path> files) {
  /** Those that programs are linked with, for names of hosts and users too; not conversions. */
  private static final String NAMES =
      "(?:ld-linux-.*|lib(?:c|m|dl|pthread|rt|resolv|util|nss_dns|nss_files))\\.so\\.[0-9]+";

  /** What the loader says of a library, or of a version of one, that there isn't. */
  private static final String NOT_FOUND = "not found";

  /** Gets those of a machine. */
  static SystemLibraries of(Machine machine, Downloads downloads, Path work)
      throws IOException, InterruptedException {
    DebianPackage library = DebianPackage.of("libc6", machine, downloads);
    String folder = "usr/lib/" + machine.triplet + "/";
    List<Path> files = library.unpack(path -> path.matches(folder + NAMES), work.resolve("libc6"));
    SystemLibraries libraries = new SystemLibraries(machine, library.version(), files);
    if (files.stream().noneMatch(libraries::starts)) {
      throw new IOException("libc6 " + library.version() + " has no " + machine.loaderName());
    }
    return libraries;
  }

  /**
   * Has them load the programs and libraries of a distribution for this machine.
   *
   * @throws IOException if one needs a library, or a newer one, that there isn't
   */
  void check(Path distribution) throws IOException, InterruptedException {
    Path loader = files.stream().filter(this::starts).findFirst().orElseThrow();
    Path runtime = distribution.resolve("runtime/lib");
    String path =
        Stream.of(loader.getParent(), runtime, runtime.resolve("server"))
            .map(String::valueOf)
            .collect(Collectors.joining(File.pathSeparator));
    Files.setPosixFilePermissions(loader, PosixFilePermissions.fromString("rwxr-xr-x"));
    for (Path binary : binaries(distribution)) {
      String said =
          Command.said(
              distribution,
              List.of(loader.toString(), "--library-path", path, "--list", binary.toString()));
      if (said.contains(NOT_FOUND)) {
        throw new IOException(binary + " cannot be loaded with libc6 " + version + "\n" + said);
      }
    }
  }

  /** Whether it is the one that starts programs, and loads the others. */
  private boolean starts(Path file) {
    return file.endsWith(machine.loaderName());
  }

  private static List<Path> binaries(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile)
          .filter(file ->
              file.toString().endsWith(".so") || file.equals(folder.resolve("runtime/bin/java")))
          .toList();
    }
  }

  Sbom.Component component() {
    return new Sbom.Component(
        "library",
        "libc6",
        version,
        "LGPL-2.1-or-later",
        "pkg:deb/debian/libc6@"
            + version.replace("+", "%2B")
            + "?arch="
            + machine.name
            + "&distro="
            + DebianPackage.RELEASE
            + "&upstream=glibc");
  }

  /** Where programs look for them. */
  List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    for (Path file : files) {
      String path =
          starts(file) ? machine.loader : "lib/" + machine.triplet + "/" + file.getFileName();
      entries.add(new Entry.File(path, Entry.OPEN, file));
    }
    String first = machine.loader.substring(0, machine.loader.indexOf('/'));
    Stream.of("lib", "lib/" + machine.triplet, first)
        .distinct()
        .forEach(path -> entries.add(Entry.Folder.of(path)));
    return entries;
  }
}
