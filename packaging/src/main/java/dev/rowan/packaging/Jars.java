package dev.rowan.packaging;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Jars for a distribution: beside each other, without libraries for machines of other kinds. */
final class Jars {
  /** Where jars have native libraries; those of one kind of machine stand beside the jars. */
  private static final List<String> NATIVES = List.of("org/sqlite/native/", "META-INF/native/");

  private static final String CLASS_PATH = "lib/";

  private Jars() {}

  /** Copies a jar without its native libraries. */
  static void copy(Path from, Path to, Instant time) throws IOException {
    if (!hasNatives(from)) {
      Files.copy(from, to);
      return;
    }
    rewrite(from, to, time, false);
  }

  /** Copies the jar that names the others below lib, for a place beside them. */
  static void copyBesideLibraries(Path from, Path to, Instant time) throws IOException {
    rewrite(from, to, time, true);
  }

  private static boolean hasNatives(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      return zip.stream().anyMatch(Jars::isNative);
    }
  }

  private static boolean isNative(ZipEntry entry) {
    return !entry.isDirectory() && NATIVES.stream().anyMatch(entry.getName()::startsWith);
  }

  private static void rewrite(Path from, Path to, Instant time, boolean beside) throws IOException {
    try (ZipFile zip = new ZipFile(from.toFile());
        OutputStream file = Files.newOutputStream(to);
        ZipOutputStream out = new ZipOutputStream(file)) {
      for (ZipEntry entry : Collections.list(zip.entries())) {
        if (isNative(entry)) {
          continue;
        }
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setTimeLocal(LocalDateTime.ofInstant(time, ZoneOffset.UTC));
        out.putNextEntry(copy);
        if (beside && entry.getName().equals(JarFile.MANIFEST_NAME)) {
          besideLibraries(zip, entry).write(out);
        } else {
          zip.getInputStream(entry).transferTo(out);
        }
        out.closeEntry();
      }
    }
  }

  private static Manifest besideLibraries(ZipFile zip, ZipEntry entry) throws IOException {
    Manifest manifest = new Manifest(zip.getInputStream(entry));
    Attributes main = manifest.getMainAttributes();
    List<String> jars = List.of(main.getValue(Attributes.Name.CLASS_PATH).split(" ", -1));
    main.put(
        Attributes.Name.CLASS_PATH,
        String.join(
            " ",
            jars.stream()
                .map(jar -> jar.startsWith(CLASS_PATH) ? jar.substring(CLASS_PATH.length()) : jar)
                .toList()));
    return manifest;
  }
}
