package dev.rowan.snapshot;

import dev.rowan.dialects.Head;
import java.util.Map;

/**
 * What a restore has written.
 *
 * @param target where to, without passwords
 * @param rows changes of keys
 * @param meta how many entries of each kind
 */
public record Restored(String target, Head head, long rows, Map<Kept, Long> meta) {
  public Restored {
    meta = Map.copyOf(meta);
  }

  /**
   * One line.
   *
   * @param done what was done, such as {@code restored}
   */
  public String text(String done) {
    return done
        + " into "
        + target
        + ": revision "
        + head.revision()
        + ", compact revision "
        + head.compactRevision()
        + ", "
        + rows
        + " changes of keys, "
        + meta.getOrDefault(Kept.LEASE, 0L)
        + " leases, "
        + meta.getOrDefault(Kept.USER, 0L)
        + " users, "
        + meta.getOrDefault(Kept.ROLE, 0L)
        + " roles, "
        + meta.getOrDefault(Kept.ALARM, 0L)
        + " alarms; cluster id "
        + Long.toHexString(head.clusterId())
        + "\n";
  }
}
