package dev.rowan.tls;

import dev.rowan.StartException;
import io.netty.util.NetUtil;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a certificate that signs itself, and its key, as two PEM files. Java has no API for that,
 * but a tool beside it: keytool.
 */
final class SelfSignedCertificate {
  private static final Logger LOG = LoggerFactory.getLogger(SelfSignedCertificate.class);

  private static final String ALIAS = "rowan";
  private static final String PASSWORD_VARIABLE = "ROWAN_KEYTOOL_PASSWORD";
  private static final int DAYS_OF_YEAR = 365;
  private static final int KEYTOOL_SECONDS_MAX = 60;

  private SelfSignedCertificate() {}

  /**
   * Makes the files unless both are there.
   *
   * @throws StartException naming what stands in the way
   */
  static void make(TlsConfig.SelfSigned asked, Path certFile, Path keyFile) throws StartException {
    if (Files.exists(certFile) && Files.exists(keyFile)) {
      return;
    }
    String password = UUID.randomUUID().toString();
    Path store = certFile.resolveSibling("new-" + password + ".p12");
    try {
      Files.createDirectories(certFile.toAbsolutePath().getParent());
      run(command(asked, store), password);
      try (InputStream in = Files.newInputStream(store)) {
        KeyStore made = KeyStore.getInstance("PKCS12");
        made.load(in, password.toCharArray());
        Key key = made.getKey(ALIAS, password.toCharArray());
        write(keyFile, "PRIVATE KEY", key.getEncoded());
        write(certFile, "CERTIFICATE", made.getCertificate(ALIAS).getEncoded());
      } finally {
        Files.deleteIfExists(store);
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new StartException(
          "cannot make a certificate for --auto-tls in "
              + certFile.getParent()
              + ": "
              + e.getMessage(),
          e);
    }
    LOG.atWarn()
        .addKeyValue("certificate", certFile)
        .addKeyValue("years", asked.years())
        .log("made a self-signed certificate");
  }

  private static List<String> command(TlsConfig.SelfSigned asked, Path store) {
    String names =
        asked.hosts().stream()
            .map(host ->
                (NetUtil.isValidIpV4Address(host) || host.contains(":") ? "ip:" : "dns:") + host)
            .collect(Collectors.joining(","));
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
        "-J-Xmx64m",
        "-J-XX:+UseSerialGC",
        "-genkeypair",
        "-alias",
        ALIAS,
        "-keyalg",
        "EC",
        "-groupname",
        "secp256r1",
        "-validity",
        String.valueOf((long) asked.years() * DAYS_OF_YEAR),
        "-dname",
        "O=rowan",
        "-ext",
        "BasicConstraints:critical=ca:true",
        "-ext",
        "KeyUsage:critical=digitalSignature,keyCertSign",
        "-ext",
        "ExtendedKeyUsage=serverAuth,clientAuth",
        "-ext",
        "SubjectAlternativeName=" + names,
        "-storetype",
        "PKCS12",
        "-keystore",
        store.toString(),
        "-storepass:env",
        PASSWORD_VARIABLE);
  }

  private static void run(List<String> command, String password) throws IOException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put(PASSWORD_VARIABLE, password);
    Process process = builder.start();
    process.getOutputStream().close();
    try {
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(KEYTOOL_SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new IOException("keytool does not end");
      }
      if (process.exitValue() != 0) {
        throw new IOException("keytool: " + output.lines().findFirst().orElse("failed"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Readable by its owner alone, and there entirely or not at all. */
  private static void write(Path file, String kind, byte[] der) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.createFile(
          part, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      // Left by a start that was cut off.
      LOG.atDebug().addKeyValue("file", part).log("written over");
    }
    String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        part, "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n");
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
