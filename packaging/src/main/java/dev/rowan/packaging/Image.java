package dev.rowan.packaging;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The image for containers: a distribution below /opt/rowan, the C library, and one static program
 * that is /bin/sh and the few that scripts need, and starts the server as /bin/rowan, /bin/etcd and
 * /bin/kine.
 *
 * @param distribution that was made before
 * @param work a folder for what is made on the way
 */
record Image(Distribution distribution, Path work) {
  private static final String HOME = "opt/rowan";

  /** Nobody's: that of images without a system, so that volumes may be given to it. */
  private static final int USER = 65532;

  /** What the program is called by. */
  private static final List<String> PROGRAMS =
      List.of(
          "rowan", "etcd", "kine", "cat", "chmod", "cp", "find", "ls", "mkdir", "mv", "rm",
          "touch");

  /** Makes it. */
  void make(Inputs inputs, Path target) throws IOException, InterruptedException {
    Files.createDirectories(work);
    OciLayout layout = new OciLayout(work, inputs.time());
    layout.layer(system(inputs));
    // The runtime changes with the JDK alone.
    List<Entry> files = Entry.tree(distribution.folder(), HOME);
    layout.layer(files.stream().filter(Image::isRuntime).toList());
    layout.layer(files.stream().filter(entry -> !isRuntime(entry)).toList());
    layout.write(target, inputs.machine(), config(inputs), "rowan:" + inputs.version());
  }

  private static boolean isRuntime(Entry entry) {
    return entry.path().startsWith(HOME + "/runtime");
  }

  private List<Entry> system(Inputs inputs) throws IOException, InterruptedException {
    SystemLibraries libraries = SystemLibraries.of(inputs.machine(), inputs.downloads(), work);
    if (inputs.machine().isHere()) {
      libraries.check(distribution.folder());
    }
    List<Entry> entries = new ArrayList<>(libraries.entries());
    for (String folder : List.of("bin", "etc", "opt", "var", "var/lib")) {
      entries.add(Entry.Folder.of(folder));
    }
    entries.add(new Entry.Folder("tmp", 01777, Entry.ROOT));
    entries.add(new Entry.Folder("var/lib/rowan", 0755, USER));
    entries.add(
        new Entry.Text(
            "etc/passwd",
            Entry.PLAIN,
            """
            root:x:0:0:root:/:/bin/sh
            rowan:x:65532:65532:rowan:/var/lib/rowan:/bin/sh
            """));
    entries.add(new Entry.Text("etc/group", Entry.PLAIN, "root:x:0:\nrowan:x:65532:\n"));
    entries.add(new Entry.Text("etc/nsswitch.conf", Entry.PLAIN, "hosts: files dns\n"));
    entries.add(new Entry.File("bin/sh", Entry.OPEN, program(inputs)));
    PROGRAMS.forEach(name -> entries.add(new Entry.Link("bin/" + name, "sh")));
    entries.addAll(licenses(inputs, libraries));
    return entries;
  }

  private static Map<String, String> building(Inputs inputs) {
    return Map.of("CGO_ENABLED", "0", "GOOS", "linux", "GOARCH", inputs.machine().name);
  }

  /** The one program, built by Go. */
  private Path program(Inputs inputs) throws IOException, InterruptedException {
    Path program = work.resolve("sh").toAbsolutePath();
    Command.run(
        inputs.tools(),
        building(inputs),
        List.of(
            "go",
            "build",
            "-trimpath",
            "-buildvcs=false",
            "-ldflags=-s -w -buildid=",
            "-o",
            program.toString(),
            "."));
    return program;
  }

  /** Those of what the program is made of, and what the C library's is. */
  private static List<Entry> licenses(Inputs inputs, SystemLibraries libraries)
      throws IOException, InterruptedException {
    List<Entry> entries = new ArrayList<>();
    String folder = "licenses";
    entries.add(Entry.Folder.of(folder));
    entries.add(
        new Entry.Text(
            folder + "/README",
            Entry.PLAIN,
            """
            /opt/rowan: see LICENSE, licenses and sbom.json there, and runtime/legal.
            /bin: Rowan's program of packaging/tools in its sources, Apache License 2.0, with
            libraries in Go, whose licences are here. sbom.json lists them and the C library.
            /lib, /lib64: the GNU C Library, LGPL 2.1 or later, unchanged from Debian's package libc6
            %s. Its sources are at https://packages.debian.org/source/%s/glibc.
            The LGPL's text is /opt/rowan/licenses/LGPL-2.1.txt.
            """
                .formatted(libraries.version(), DebianPackage.RELEASE)));
    List<Sbom.Component> components = new ArrayList<>(List.of(libraries.component()));
    for (GoModule module : GoModule.of(inputs.tools(), building(inputs))) {
      String name = folder + "/" + module.path().replace('/', '_');
      entries.add(new Entry.File(name, Entry.PLAIN, module.license()));
      components.add(module.component());
    }
    entries.add(new Entry.Text(folder + "/sbom.json", Entry.PLAIN, Sbom.of(components)));
    return entries;
  }

  private static Map<String, Object> config(Inputs inputs) {
    return Map.of(
        "User",
        USER + ":" + USER,
        "Env",
        List.of("PATH=/bin"),
        "Entrypoint",
        List.of("/bin/rowan"),
        "WorkingDir",
        "/var/lib/rowan",
        "ExposedPorts",
        Map.of("2379/tcp", Map.of(), "2380/tcp", Map.of()),
        "StopSignal",
        "SIGTERM",
        "Labels",
        Map.of(
            "org.opencontainers.image.title", "rowan",
            "org.opencontainers.image.description", "The etcd v3 API from rows in a SQL database",
            "org.opencontainers.image.version", inputs.version(),
            "org.opencontainers.image.licenses", "Apache-2.0"));
  }
}
