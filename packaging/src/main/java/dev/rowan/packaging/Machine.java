package dev.rowan.packaging;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A kind of machine, with its names: that of Go and of images, Java's, of SQLite's libraries, of
 * Netty's. A distribution is for the kind that it is made on: the runtime and its cache are this
 * JDK's.
 */
enum Machine {
  AMD64("amd64", "amd64|x86_64", "x86_64", "x86_64", "/lib64/ld-linux-x86-64.so.2"),
  ARM64("arm64", "aarch64|arm64", "aarch64", "aarch_64", "/lib/ld-linux-aarch64.so.1");

  final String name;

  /** The names that Java has for it, as a pattern. */
  private final String java;

  private final String sqlite;
  private final String netty;

  /** There where the C library is glibc. */
  private final Path loader;

  Machine(String name, String java, String sqlite, String netty, String loader) {
    this.name = name;
    this.java = java;
    this.sqlite = sqlite;
    this.netty = netty;
    this.loader = Path.of(loader);
  }

  /** The kind that this process runs on; empty if nothing can be packaged here. */
  static Optional<Machine> here() {
    String architecture = System.getProperty("os.arch", "");
    return Stream.of(values())
        .filter(machine -> architecture.matches(machine.java))
        .filter(machine -> System.getProperty("os.name", "").equals("Linux"))
        .filter(machine -> Files.exists(machine.loader))
        .findFirst();
  }

  /** Whether a jar holds nothing but libraries for another kind. */
  boolean isForAnother(String jar) {
    return jar.contains("-linux-") && !jar.contains("-linux-" + netty);
  }

  /** The libraries, in what the build unpacked. */
  List<Path> libraries(Path unpacked) {
    return List.of(
        unpacked.resolve("org/sqlite/native/Linux").resolve(sqlite).resolve("libsqlitejdbc.so"),
        unpacked
            .resolve("META-INF/native")
            .resolve("libnetty_transport_native_epoll_" + netty + ".so"));
  }
}
