package dev.rowan.dialects;

import dev.rowan.pem.PemFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/** The files of a client's certificate that an endpoint names, looked at before they are needed. */
final class ClientKey {
  private static final String BEGIN = "-----BEGIN ";

  private ClientKey() {}

  /** Whether the key is in a PEM file, not in one of the forms that pgjdbc reads by itself. */
  static boolean isPem(String key) {
    try {
      byte[] text = PemFiles.read(Path.of(key));
      return new String(text, StandardCharsets.ISO_8859_1).contains(BEGIN);
    } catch (IOException e) {
      throw refused(e);
    }
  }

  /**
   * Reads both files, if they are named.
   *
   * @throws IllegalArgumentException if one cannot be used, or is missing; the message names it
   */
  static void check(@Nullable String certificate, @Nullable String key) {
    if (certificate == null && key == null) {
      return;
    }
    if (certificate == null || key == null) {
      throw new IllegalArgumentException(
          "the endpoint names only one of sslcert and sslkey; both are needed");
    }
    try {
      var _ = PemFiles.shown(Path.of(certificate), Path.of(key));
    } catch (IOException | GeneralSecurityException e) {
      throw refused(e);
    }
  }

  private static IllegalArgumentException refused(Exception e) {
    return new IllegalArgumentException(
        "the endpoint's sslcert and sslkey cannot be used: " + e.getMessage(), e);
  }
}
