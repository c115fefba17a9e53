package dev.rowan.packaging;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.commons.compress.archivers.ar.ArArchiveEntry;
import org.apache.commons.compress.archivers.ar.ArArchiveInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorInputStream;

/**
 * A package of Debian's newest stable release, as it is now. Who serves it is known by TLS alone.
 *
 * @param version its version there
 * @param file it, whole
 */
record DebianPackage(String version, Path file) {
  /** The release that is taken. */
  static final String RELEASE = "trixie";

  private static final String ARCHIVE = "https://deb.debian.org/debian/";
  private static final String SECURITY = "https://deb.debian.org/debian-security/";

  /** Where a number begins or ends. */
  private static final String BETWEEN_NUMBERS = "(?<=[0-9])(?=[^0-9])|(?<=[^0-9])(?=[0-9])";

  private static final String DATA = "data.tar";

  /** Gets a package for a machine, with the release's security updates. */
  static DebianPackage of(String name, Machine machine, Downloads downloads)
      throws IOException, InterruptedException {
    Candidate released = candidate(name, machine, ARCHIVE, RELEASE, downloads);
    Candidate updated = candidate(name, machine, SECURITY, RELEASE + "-security", downloads);
    Candidate newest = updated.isNewerThan(released) ? updated : released;
    if (newest.fields.isEmpty()) {
      throw new IOException("Debian's " + RELEASE + " has no package " + name);
    }
    URI there = URI.create(newest.archive + newest.fields.get("Filename"));
    String sha256 = String.valueOf(newest.fields.get("SHA256"));
    return new DebianPackage(newest.version(), downloads.file(there, sha256));
  }

  /** What an archive says of a package; without fields if it has none. */
  private record Candidate(String archive, Map<String, String> fields) {
    String version() {
      return fields.getOrDefault("Version", "");
    }

    boolean isNewerThan(Candidate other) {
      return compareVersions(version(), other.version()) > 0;
    }
  }

  private static Candidate candidate(
      String name, Machine machine, String archive, String suite, Downloads downloads)
      throws IOException, InterruptedException {
    URI from =
        URI.create(archive + "dists/" + suite + "/main/binary-" + machine.name + "/Packages.xz");
    byte[] packed = downloads.content(from);
    try (InputStream plain = new XZCompressorInputStream(new ByteArrayInputStream(packed))) {
      return new Candidate(archive, fields(name, plain));
    }
  }

  /** Compares versions of one package within a release: numbers as numbers, the rest as text. */
  static int compareVersions(String one, String other) {
    String[] ones = one.split(BETWEEN_NUMBERS, -1);
    String[] others = other.split(BETWEEN_NUMBERS, -1);
    for (int i = 0; i < Math.min(ones.length, others.length); i++) {
      boolean numbers = ones[i].matches("[0-9]+") && others[i].matches("[0-9]+");
      int compared =
          numbers
              ? new BigInteger(ones[i]).compareTo(new BigInteger(others[i]))
              : sortable(ones[i]).compareTo(sortable(others[i]));
      if (compared != 0) {
        return compared;
      }
    }
    String[] longer = ones.length > others.length ? ones : others;
    int shared = Math.min(ones.length, others.length);
    boolean before = longer.length > shared && longer[shared].startsWith("~");
    int more = Integer.compare(ones.length, others.length);
    return before ? -more : more;
  }

  /**
   * A tilde is before everything, the end too: what has one comes before the version it leads to.
   */
  private static String sortable(String text) {
    return text.replace('~', '\0') + '\1';
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

  /**
   * Unpacks files, not links, below a folder, and returns them.
   *
   * @param wanted is asked of paths without a leading dot or slash
   */
  List<Path> unpack(Predicate<String> wanted, Path folder) throws IOException {
    try (ArArchiveInputStream archive = new ArArchiveInputStream(Files.newInputStream(file))) {
      for (ArArchiveEntry part = archive.getNextEntry();
          part != null;
          part = archive.getNextEntry()) {
        if (part.getName().startsWith(DATA)) {
          var plain = new XZCompressorInputStream(archive);
          return unpack(new TarArchiveInputStream(plain), wanted, folder);
        }
      }
    }
    throw new IOException(file + " has no " + DATA);
  }

  private static List<Path> unpack(TarArchiveInputStream tar, Predicate<String> wanted, Path folder)
      throws IOException {
    List<Path> files = new ArrayList<>();
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      String path = entry.getName().replaceFirst("^\\./", "");
      boolean linked = entry.isSymbolicLink() || entry.isLink();
      if (entry.isFile() && !linked && wanted.test(path)) {
        Path target = folder.resolve(path).normalize();
        if (!target.startsWith(folder)) {
          throw new IOException("a package has a file outside of it: " + path);
        }
        Files.createDirectories(target.getParent());
        Files.write(target, tar.readAllBytes());
        files.add(target);
      }
    }
    return files;
  }
}
