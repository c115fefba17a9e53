package dev.rowan.packaging;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A kind of machine, with its names: that of Go and of images, of SQLite's libraries, of Netty's. A
 * distribution is for the kind that it is made on: the runtime and its cache are this JDK's.
 */
enum Machine {
  AMD64("amd64", "x86_64", "x86_64"),
  ARM64("arm64", "aarch64", "aarch_64");

  final String name;
  private final String sqlite;
  private final String netty;

  Machine(String name, String sqlite, String netty) {
    this.name = name;
    this.sqlite = sqlite;
    this.netty = netty;
  }

  /** Whether packages can be made on this machine. */
  static boolean isKnown() {
    boolean architecture =
        Set.of("amd64", "x86_64", "aarch64", "arm64").contains(System.getProperty("os.arch", ""));
    boolean glibc =
        Stream.of("/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
            .anyMatch(loader -> Files.exists(Path.of(loader)));
    return System.getProperty("os.name", "").equals("Linux") && architecture && glibc;
  }

  /** The kind that this process runs on. */
  static Machine here() {
    String architecture = System.getProperty("os.arch", "");
    return switch (architecture) {
      case "amd64", "x86_64" -> AMD64;
      case "aarch64", "arm64" -> ARM64;
      default -> throw new IllegalStateException("nothing is packaged for " + architecture);
    };
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
