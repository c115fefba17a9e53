package dev.rowan.snapshot.bolt;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/** A bucket that is being written: keys in unsigned byte order. Not thread safe. */
public final class BoltBucket {
  private static final Comparator<ByteString> ORDER =
      ByteString.unsignedLexicographicalComparator();

  private final Level leaves;
  private @Nullable ByteString newest;

  BoltBucket(PageWriter pages) {
    this.leaves = Level.ofLeaves(pages);
  }

  /** Writes an entry; keys must ascend. */
  public void put(ByteString key, ByteString value) throws IOException {
    put(key, value, 0);
  }

  void put(ByteString key, ByteString value, int flags) throws IOException {
    if (newest != null && ORDER.compare(newest, key) >= 0) {
      throw new IllegalArgumentException("a key does not follow the one before");
    }
    newest = key;
    leaves.add(Element.leaf(key, value, flags));
  }

  long finish() throws IOException {
    return leaves.finish();
  }
}
