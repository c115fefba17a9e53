package dev.rowan.snapshot.bolt;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a bbolt file from sorted input, from the leaves upwards, so that memory holds a page or
 * two of each level whatever the file's size. Not thread safe.
 *
 * <pre>
 * page 0, 1   where the root is, twice                  written last
 * page 2      the list of free pages: there are none
 * page 3 …    leaves and branches of the buckets, in the order in which they fill
 * last page   the root: a leaf with an entry a bucket
 * </pre>
 */
public final class BoltWriter {
  private static final int FREELIST_PAGE = 2;
  private static final int RESERVED_PAGES = 3;

  private final PageWriter pages;

  /** In the order of the names' bytes: they are ASCII. */
  private final Map<String, BoltBucket> buckets = new TreeMap<>();

  /** Begins a file; what the channel's file holds is overwritten. */
  public BoltWriter(FileChannel file) throws IOException {
    this.pages = new PageWriter(file, RESERVED_PAGES);
  }

  /**
   * The bucket of a name, which is made if it is missing. Several may be written in turns.
   *
   * @param name in ASCII
   */
  public BoltBucket bucket(String name) {
    return buckets.computeIfAbsent(name, made -> new BoltBucket(pages));
  }

  /** Writes what is left, and the root. The file is whole then, though not synced. */
  public void finish() throws IOException {
    BoltBucket root = new BoltBucket(pages);
    for (Map.Entry<String, BoltBucket> bucket : buckets.entrySet()) {
      ByteBuffer place = ByteBuffer.allocate(2 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
      place.putLong(bucket.getValue().finish()).putLong(0).flip();
      root.put(ByteString.copyFromUtf8(bucket.getKey()), ByteString.copyFrom(place), Page.BUCKET);
    }
    long rootPage = root.finish();
    pages.flush();
    pages.at(FREELIST_PAGE, Page.FREELIST, ByteBuffer.allocate(0));
    for (int transaction = 0; transaction < 2; transaction++) {
      Meta meta = new Meta(Page.BYTES, rootPage, FREELIST_PAGE, pages.pages(), transaction);
      pages.at(transaction, Page.META, meta.encode());
    }
  }
}
