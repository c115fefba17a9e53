package dev.rowan;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which Rowan this is, and which etcd it behaves as. */
public final class Version {
  /** The etcd whose API and behaviour Rowan has; reported in Status and at /version. */
  public static final String ETCD = "3.7.3";

  /** The version of etcd's cluster whose features Rowan has; reported at /version. */
  public static final String ETCD_CLUSTER = "3.7.0";

  /** The version of etcd's store whose features Rowan has; reported in Status. */
  public static final String ETCD_STORAGE = "3.7.0";

  private static final String RESOURCE = "version.properties";

  private Version() {}

  /** Rowan's own version, as the build has it. */
  public static String rowan() {
    return build().getProperty("version", "unknown");
  }

  static String text() {
    return "rowan Version: "
        + rowan()
        + "\netcd API version: "
        + ETCD
        + "\nJava: "
        + Runtime.version()
        + "\nOS/Arch: "
        + System.getProperty("os.name")
        + "/"
        + System.getProperty("os.arch")
        + "\n";
  }

  private static Properties build() {
    var build = new Properties();
    try (InputStream in = Version.class.getResourceAsStream(RESOURCE)) {
      if (in != null) {
        build.load(in);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return build;
  }
}
