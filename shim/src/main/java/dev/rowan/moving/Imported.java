package dev.rowan.moving;

import dev.rowan.snapshot.Restored;

/**
 * What came from an etcd that runs.
 *
 * @param note what of it was compared, or isn't there; a sentence
 */
public record Imported(Restored restored, String note) {
  /** Two lines. */
  public String text() {
    return restored.text("imported") + note + "\n";
  }
}
