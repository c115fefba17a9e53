package dev.rowan.packaging;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.spi.ToolProvider;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The part of the JDK that Rowan runs on, made by jlink. */
final class RuntimeImage {
  /** What jdeps can't see: modules that are reached by reflection, by services or by name. */
  private static final Set<String> UNSEEN =
      Set.of(
          // Kerberos, for a database that asks for it.
          "jdk.security.auth",
          "jdk.security.jgss",
          // Elliptic curves of TLS, on JDKs that have them in a module of their own.
          "jdk.crypto.ec",
          // Direct memory, looked for by Netty and Protobuf.
          "jdk.unsupported",
          // Socket options of Linux.
          "jdk.net",
          // Monitoring programs attach as agents.
          "java.instrument",
          "jdk.management",
          "jdk.management.agent",
          // Flyway reads its scripts from the jar.
          "jdk.zipfs");

  /** Asked for by what is never reached here: geometric types of the driver for PostgreSQL. */
  private static final String UNUSED = "java.desktop";

  private RuntimeImage() {}

  /** The modules that these jars need. */
  static Set<String> modules(List<Path> jars) {
    List<String> arguments =
        Stream.concat(
                Stream.of(
                    "--ignore-missing-deps",
                    "--multi-release",
                    Integer.toString(Runtime.version().feature()),
                    "--print-module-deps"),
                jars.stream().map(Path::toString))
            .toList();
    // Warnings, of packages in several jars, stand before it.
    String found = run("jdeps", arguments).lines().reduce("", (before, line) -> line);
    Set<String> modules =
        Arrays.stream(found.split(",", -1)).collect(Collectors.toCollection(TreeSet::new));
    modules.addAll(UNSEEN);
    modules.remove(UNUSED);
    modules.removeIf(module -> ModuleFinder.ofSystem().find(module).isEmpty());
    return modules;
  }

  /** Makes a runtime in a folder that isn't there yet. */
  static void make(Set<String> modules, Path folder) {
    run(
        "jlink",
        List.of(
            "--add-modules",
            String.join(",", modules),
            "--strip-java-debug-attributes",
            "--no-man-pages",
            "--no-header-files",
            "--output",
            folder.toString()));
  }

  /** What a runtime says of itself: JAVA_VERSION, MODULES and so on. */
  static String said(Path runtime, String name) throws IOException {
    Properties release = new Properties();
    try (InputStream in = Files.newInputStream(runtime.resolve("release"))) {
      release.load(in);
    }
    return release.getProperty(name, "").replace("\"", "");
  }

  private static String run(String tool, List<String> arguments) {
    var out = new StringWriter();
    var err = new StringWriter();
    int status =
        ToolProvider.findFirst(tool)
            .orElseThrow(() -> new IllegalStateException("the JDK has no " + tool))
            .run(new PrintWriter(out), new PrintWriter(err), arguments.toArray(String[]::new));
    if (status != 0) {
      throw new IllegalStateException(tool + " " + arguments + " failed\n" + out + err);
    }
    return out.toString();
  }
}
