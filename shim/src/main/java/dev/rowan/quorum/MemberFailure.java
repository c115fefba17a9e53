package dev.rowan.quorum;

import java.nio.file.Path;

/**
 * Why a member cannot go on: its disk, or what is on it. Nothing was acknowledged that it could not
 * write, and the others go on without it.
 *
 * @param folder of its part of the quorum's log
 */
public record MemberFailure(Path folder, Throwable cause) {

  /** What failed first. */
  private static Throwable root(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  /** One line for the operator. */
  @Override
  public String toString() {
    Path data = folder.toAbsolutePath().getParent();
    String said = root(cause).getMessage();
    return "the member cannot go on with its data directory %s, where %d bytes are free: %s. Once the"
            .formatted(data, folder.toFile().getUsableSpace(), said == null ? root(cause) : said)
        + " cause is gone, start it again: it gets from the others what it misses";
  }
}
