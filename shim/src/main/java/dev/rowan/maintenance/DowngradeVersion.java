package dev.rowan.maintenance;

import dev.rowan.error.EtcdError;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the version that a downgrade is to go to, as etcd does (M-8). */
public final class DowngradeVersion {
  /** The version of the cluster: of an etcd whose API is served. */
  public static final String CLUSTER = "3.7";

  /** The one version that may be gone down to: a minor below. */
  private static final String TARGET = "3.6";

  private static final Pattern TWO = Pattern.compile("([0-9]{1,18})\\.([0-9]{1,18})");
  private static final Pattern THREE =
      Pattern.compile(TWO + "\\.[0-9]{1,18}(?:-[0-9A-Za-z.-]*)?(?:\\+[0-9A-Za-z.-]*)?");

  private DowngradeVersion() {}

  /**
   * Checks a target, given as X.Y or X.Y.Z.
   *
   * @return the target as etcd keeps it, X.Y.0
   */
  public static String target(String version) {
    Matcher three = THREE.matcher(version);
    Matcher found = three.matches() ? three : TWO.matcher(version);
    if (!found.matches()) {
      throw EtcdError.DOWNGRADE_FORMAT.exception();
    }
    String target = Long.parseLong(found.group(1)) + "." + Long.parseLong(found.group(2));
    if (!target.equals(TARGET)) {
      throw EtcdError.DOWNGRADE_TARGET.exception();
    }
    return target + ".0";
  }
}
