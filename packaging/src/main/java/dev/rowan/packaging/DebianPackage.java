package dev.rowan.packaging;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * A package of Debian's newest stable release, as it is now.
 *
 * @param version its version there
 * @param file it, whole
 */
record DebianPackage(String version, Path file) {
  /** The release that is taken. */
  static final String RELEASE = "trixie";

  private static final String MIRROR = "https://deb.debian.org/debian/";
  private static final String DATA = "data.tar";

  /** Gets a package for a machine. */
  static DebianPackage of(String name, Machine machine, Downloads downloads)
      throws IOException, InterruptedException {
    String list = "dists/" + RELEASE + "/main/binary-" + machine.name + "/Packages.xz";
    URI from = URI.create(MIRROR + list);
    byte[] packed = downloads.content(from);
    try (InputStream plain = new XZCompressorInputStream(new ByteArrayInputStream(packed))) {
      Map<String, String> fields = fields(name, plain);
      if (fields.isEmpty()) {
        throw new IOException(from + " has no package " + name);
      }
      URI there = URI.create(MIRROR + fields.get("Filename"));
      String sha256 = String.valueOf(fields.get("SHA256"));
      return new DebianPackage(
          String.valueOf(fields.get("Version")), downloads.file(there, sha256));
    }
  }

  /** What a list of packages says of one: its fields of one line; none if it isn't in there. */
  static Map<String, String> fields(String name, InputStream list) throws IOException {
    BufferedReader lines = new BufferedReader(new InputStreamReader(list, StandardCharsets.UTF_8));
    Map<String, String> fields = new HashMap<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      int colon = line.indexOf(": ");
      if (line.isEmpty()) {
        if (name.equals(fields.get("Package"))) {
          return fields;
        }
        fields.clear();
      } else if (colon > 0 && !line.startsWith(" ")) {
        fields.put(line.substring(0, colon), line.substring(colon + 2));
      }
    }
    return name.equals(fields.get("Package")) ? fields : Map.of();
  }

  /** Who is asked which of a package's files are wanted. */
  interface Wanted {
    /** Takes a path without a leading dot or slash. */
    boolean is(String path);
  }

  /** Unpacks files, not links, and returns where they are now by their paths in the package. */
  Map<String, Path> unpack(Wanted wanted, Path folder) throws IOException {
    Map<String, Path> files = new TreeMap<>();
    try (ArArchiveInputStream archive = new ArArchiveInputStream(Files.newInputStream(file))) {
      for (ArArchiveEntry part = archive.getNextEntry();
          part != null;
          part = archive.getNextEntry()) {
        if (part.getName().startsWith(DATA)) {
          unpack(new TarArchiveInputStream(new XZCompressorInputStream(archive)), wanted, folder)
              .forEach(files::put);
          return files;
        }
      }
    }
    throw new IOException(file + " has no " + DATA);
  }

  private static Map<String, Path> unpack(TarArchiveInputStream tar, Wanted wanted, Path folder)
      throws IOException {
    Map<String, Path> files = new TreeMap<>();
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      String path = entry.getName().replaceFirst("^\\./", "");
      if (entry.isFile() && wanted.is(path)) {
        Path target = folder.resolve(path).normalize();
        if (!target.startsWith(folder)) {
          throw new IOException("a package has a file outside of it: " + path);
        }
        Files.createDirectories(target.getParent());
        Files.write(target, tar.readAllBytes());
        files.put(path, target);
      }
    }
    return files;
  }
}
