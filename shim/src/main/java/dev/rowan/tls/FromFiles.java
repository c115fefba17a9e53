package dev.rowan.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.GeneralSecurityException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is made of TLS files, as they are now: each time that somebody asks, it is looked whether
 * one of them changed. Files that cannot be used leave in use what was made before. Any thread that
 * may read files.
 */
final class FromFiles<T> {
  private static final Logger LOG = LoggerFactory.getLogger(FromFiles.class);

  private final List<Path> files;
  private final Reader<T> reader;
  private List<Stamp> stamps;
  private T value;

  /** Makes something of the files. */
  interface Reader<T> {
    T read() throws IOException, GeneralSecurityException;
  }

  /** Reads the files for the first time. */
  FromFiles(List<Path> files, Reader<T> reader) throws IOException, GeneralSecurityException {
    this.files = List.copyOf(files);
    this.reader = reader;
    stamps = stamps();
    value = reader.read();
  }

  synchronized T current() {
    List<Stamp> now = stamps();
    if (!now.equals(stamps)) {
      // Not again before another change, whether or not the files can be used.
      stamps = now;
      try {
        value = reader.read();
        LOG.atInfo().addKeyValue("files", files).log("the TLS files changed and are used from now");
      } catch (IOException | GeneralSecurityException | RuntimeException e) {
        LOG.atError()
            .addKeyValue("files", files)
            .addKeyValue("error", String.valueOf(e.getMessage()))
            .log("the TLS files changed and cannot be used; those before stay in use");
      }
    }
    return value;
  }

  /** What tells one state of a file from another; nulls for a file that is not there. */
  private record Stamp(@Nullable FileTime modified, long bytes, @Nullable Object key) {}

  private List<Stamp> stamps() {
    return files.stream().map(FromFiles::stamp).toList();
  }

  private static Stamp stamp(Path file) {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    } catch (IOException e) {
      return new Stamp(null, 0, null);
    }
  }
}
