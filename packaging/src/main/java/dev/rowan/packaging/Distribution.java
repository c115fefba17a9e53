package dev.rowan.packaging;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;

/**
 * The tree that users unpack: bin, lib, runtime and what goes with them.
 *
 * @param folder where it is made
 */
record Distribution(Path folder) {
  /** Whatever runs serves a file, or is a quorum's member: each has a cache of its own. */
  private static final List<String> KINDS = List.of("alone", "quorum");

  private static final int TRAININGS_MAX = 3;

  /** Fills the folder, which isn't there yet. */
  void make(Inputs inputs) throws IOException, InterruptedException {
    Path lib = Files.createDirectories(folder.resolve("lib"));
    copyTree(inputs.files(), folder);
    jars(inputs, lib);
    Path natives = Files.createDirectory(lib.resolve("native"));
    for (Path library : inputs.machine().libraries(inputs.built().resolve("native"))) {
      Files.copy(library, natives.resolve(library.getFileName()));
    }
    for (String file : List.of("launch.sh", "jvm.options")) {
      Files.copy(inputs.built().resolve(file), lib.resolve(file));
    }
    copyTree(inputs.built().resolve("licenses"), Files.createDirectory(folder.resolve("licenses")));
    Files.copy(inputs.license(), folder.resolve("LICENSE"));
    runtime(inputs, lib);
    Files.writeString(folder.resolve("sbom.json"), Sbom.with(inputs.bom(), List.of(openJdk())));
    manual(inputs);
    // The cache knows the jars by their times, too.
    setTimes(inputs.time());
    if (inputs.machine().isHere()) {
      for (String kind : KINDS) {
        train(kind);
      }
    }
    setTimes(inputs.time());
  }

  /** Writes it as a tar, in which it has one folder. */
  void pack(Path target, Instant time) throws IOException {
    try (OutputStream file = new BufferedOutputStream(Files.newOutputStream(target));
        OutputStream gzip = new GZIPOutputStream(file)) {
      Tar.write(gzip, time, Entry.tree(folder, folder.getFileName().toString()));
    }
  }

  private static void jars(Inputs inputs, Path lib) throws IOException {
    Jars.copyBesideLibraries(
        inputs.built().resolve("rowan.jar"), lib.resolve("rowan.jar"), inputs.time());
    try (Stream<Path> jars = Files.list(inputs.built().resolve("lib"))) {
      for (Path jar : jars.sorted().toList()) {
        String name = jar.getFileName().toString();
        if (!inputs.machine().isForAnother(name)) {
          Jars.copy(jar, lib.resolve(name), inputs.time());
        }
      }
    }
  }

  private void runtime(Inputs inputs, Path lib) throws IOException, InterruptedException {
    List<Path> jars;
    try (Stream<Path> files = Files.list(lib)) {
      jars = files.filter(file -> file.toString().endsWith(".jar")).sorted().toList();
    }
    Set<String> modules = RuntimeImage.modules(jars);
    Path runtime = folder.resolve("runtime");
    if (inputs.machine().isHere()) {
      RuntimeImage.make(modules, runtime);
    } else {
      PublishedRuntime.make(inputs.machine(), modules, inputs.downloads(), runtime);
    }
  }

  /** The runtime, as it says itself what it is. */
  private Sbom.Component openJdk() throws IOException {
    String version = RuntimeImage.said(folder.resolve("runtime"), "JAVA_VERSION");
    return new Sbom.Component(
        "platform",
        "openjdk",
        version,
        "GPL-2.0-only WITH Classpath-exception-2.0",
        "pkg:generic/openjdk@" + version);
  }

  private void manual(Inputs inputs) throws IOException, InterruptedException {
    // By the build's own JVM: the distribution's may be for another machine.
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    String help =
        Command.run(folder, Map.of(), List.of(java, "-cp", jar(), "dev.rowan.Main", "--help"));
    String date = inputs.time().atZone(ZoneOffset.UTC).toLocalDate().toString();
    Path pages = Files.createDirectories(folder.resolve("share/man/man1"));
    Files.writeString(pages.resolve("rowan.1"), ManPage.of(help, inputs.version(), date));
  }

  /** Has the JVM write down what a server loads and links, for all starts to come. */
  private void train(String kind) throws IOException, InterruptedException {
    Path cache = folder.resolve("lib").resolve(kind + ".aot");
    for (int attempt = 1; !Files.exists(cache); attempt++) {
      try {
        train(kind, cache);
      } catch (IOException e) {
        // It takes ports that another may have taken first.
        Files.deleteIfExists(cache);
        Files.deleteIfExists(cache.resolveSibling(kind + ".aot.config"));
        if (attempt == TRAININGS_MAX) {
          throw e;
        }
      }
    }
  }

  private void train(String kind, Path cache) throws IOException, InterruptedException {
    Path natives = folder.resolve("lib/native");
    Command.run(
        folder,
        Map.of("MALLOC_ARENA_MAX", "2"),
        List.of(
            folder.resolve("runtime/bin/java").toString(),
            "-XX:AOTCacheOutput=" + cache,
            "@" + folder.resolve("lib/jvm.options"),
            // A heap of over 32 GB would have other pointers, and its cache be of no use elsewhere.
            "-Xmx1g",
            "-Dorg.sqlite.lib.path=" + natives,
            "-Djava.library.path=" + natives,
            "-cp",
            jar(),
            "dev.rowan.Warmup",
            kind));
    if (!Files.exists(cache)) {
      throw new IOException("the JVM wrote no " + cache);
    }
  }

  private String jar() {
    return folder.resolve("lib/rowan.jar").toString();
  }

  private void setTimes(Instant time) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.filter(path -> !Files.isSymbolicLink(path)).toList()) {
        Files.setLastModifiedTime(path, FileTime.from(time));
      }
    }
  }

  private static void copyTree(Path from, Path to) throws IOException {
    try (Stream<Path> paths = Files.walk(from)) {
      for (Path path : paths.filter(Files::isRegularFile).toList()) {
        Path target = to.resolve(from.relativize(path).toString());
        Files.createDirectories(target.getParent());
        Files.copy(path, target, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }
}
