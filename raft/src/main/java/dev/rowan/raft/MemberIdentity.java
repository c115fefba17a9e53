package dev.rowan.raft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Whose a folder is: what its member was when it was opened first, and is for good. */
public record MemberIdentity(long clusterId, long memberId) {

  /**
   * Reads it.
   *
   * @param folder as in {@link RaftConfig}; need not exist
   * @return null if no member has been opened with it
   * @throws RaftException.WrongFolder if it isn't said in a way that can be read
   */
  public static @Nullable MemberIdentity of(Path folder) throws RaftException {
    Path file = folder.resolve(RaftFolder.IDENTITY);
    if (!Files.exists(file)) {
      return null;
    }
    try {
      Properties properties = RaftFolder.properties(file);
      return new MemberIdentity(
          id(properties, RaftFolder.CLUSTER), id(properties, RaftFolder.MEMBER));
    } catch (IOException | IllegalArgumentException e) {
      throw new RaftException.WrongFolder(file + ": it cannot be read whose the folder is: " + e);
    }
  }

  private static long id(Properties properties, String name) {
    return Long.parseUnsignedLong(properties.getProperty(name, ""), 16);
  }
}
