package dev.rowan.snapshot;

import com.google.protobuf.ByteString;
import dev.rowan.Version;
import dev.rowan.snapshot.bolt.BoltReader;
import dev.rowan.snapshot.bolt.DamagedException;
import java.io.IOException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a snapshot says of itself.
 *
 * @param compactRevision -1 if it was never compacted
 */
record Header(long compactRevision) {
  private static final Pattern VERSION = Pattern.compile("(\\d{1,6})\\.(\\d{1,6})\\..*");

  /**
   * Reads it.
   *
   * @throws SnapshotException if the file is of another program or of a newer etcd
   */
  static Header read(BoltReader file) throws IOException, SnapshotException {
    if (!file.has(Schema.KEY) || !file.has(Schema.META)) {
      throw new SnapshotException("it is not a store of etcd's: it has no bucket key, or no meta");
    }
    Reading reading = new Reading();
    file.forEach(Schema.META, reading);
    return new Header(reading.compactRevision);
  }

  private static final class Reading implements BoltReader.Visitor<SnapshotException> {
    private long compactRevision = -1;

    /** A compaction that was begun is in force, though not everything is deleted yet. */
    @Override
    public void entry(ByteString key, ByteString value) throws DamagedException, SnapshotException {
      if (key.equals(Schema.FINISHED_COMPACT) || key.equals(Schema.SCHEDULED_COMPACT)) {
        compactRevision = Math.max(compactRevision, RevisionKey.parse(value).revision());
      } else if (key.equals(Schema.STORAGE_VERSION)) {
        checkVersion(value.toStringUtf8());
      }
    }

    private static void checkVersion(String version) throws SnapshotException {
      Matcher theirs = VERSION.matcher(version);
      Matcher ours = VERSION.matcher(Version.ETCD_STORAGE);
      if (!theirs.matches() || !ours.matches() || minor(theirs) > minor(ours)) {
        throw new SnapshotException(
            "it has storage version "
                + version
                + ", which may hold what this Rowan doesn't know; versions up to "
                + Version.ETCD_STORAGE
                + " are restored");
      }
    }

    private static long minor(Matcher version) {
      return Long.parseLong(version.group(1)) * 1_000_000 + Long.parseLong(version.group(2));
    }
  }
}
