package dev.rowan.snapshot.bolt;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a bbolt file, which nobody writes meanwhile. Its pages have no checksums: what cannot be
 * true is found (a page behind the end, a page used twice, keys out of order), a changed value is
 * not. Not thread safe.
 */
public final class BoltReader implements AutoCloseable {
  private static final Comparator<ByteString> ORDER =
      ByteString.unsignedLexicographicalComparator();

  /** The smallest and the greatest size of a page that a second meta is looked for behind. */
  private static final int PAGE_BYTES_FIRST = 1 << 10;

  private static final int PAGE_BYTES_LAST = 1 << 20;

  /** Pages from a root to a leaf: with two children a branch, more than a file can have. */
  private static final int DEPTH_MAX = 64;

  private static final int BUCKET_BYTES = 2 * Long.BYTES;

  private final FileChannel file;
  private final Meta meta;
  private final BitSet read = new BitSet();
  private final Map<String, ByteString> buckets = new TreeMap<>();

  /**
   * Receives the entries of a bucket.
   *
   * @param <E> what it may throw
   */
  public interface Visitor<E extends Exception> {
    void entry(ByteString key, ByteString value) throws IOException, E;
  }

  private BoltReader(FileChannel file, Meta meta) {
    this.file = file;
    this.meta = meta;
  }

  /**
   * Opens a file and reads which buckets it has.
   *
   * @param bytes of it that belong to the format: something may stand behind them
   * @throws DamagedException if it is not a bbolt file, is cut off or damaged
   */
  public static BoltReader open(Path path, long bytes) throws IOException {
    FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
    try {
      return of(file, bytes);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Reads a file that is open, and is closed with this. */
  public static BoltReader of(FileChannel file, long bytes) throws IOException {
    BoltReader reader = new BoltReader(file, meta(file, bytes));
    reader.readBuckets();
    return reader;
  }

  private static Meta meta(FileChannel file, long bytes) throws IOException {
    Meta newest = metaAt(file, 0);
    int first = newest == null ? PAGE_BYTES_FIRST : newest.pageBytes();
    int last = newest == null ? PAGE_BYTES_LAST : first;
    for (int pageBytes = first; pageBytes <= last; pageBytes *= 2) {
      Meta second = metaAt(file, pageBytes);
      if (second != null && second.pageBytes() == pageBytes && second.follows(newest)) {
        newest = second;
      }
    }
    if (newest == null) {
      throw new DamagedException("it is not a bbolt file, or both its meta pages are damaged");
    }
    if (newest.pages() * newest.pageBytes() > bytes) {
      throw new DamagedException(
          "it is cut off: it has "
              + bytes
              + " bytes, and should have "
              + newest.pages() * newest.pageBytes());
    }
    return newest;
  }

  private static @Nullable Meta metaAt(FileChannel file, long position) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(Meta.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (file.read(bytes, position + bytes.position()) < 0) {
        return null;
      }
    }
    return Meta.decode(bytes);
  }

  private void readBuckets() throws IOException {
    walk(
        page(meta.root()),
        (page, index) -> {
          if (!page.bucket(index) || page.value(index).size() < BUCKET_BYTES) {
            throw new DamagedException("it is damaged: its root holds something besides buckets");
          }
          buckets.put(page.key(index).toStringUtf8(), page.value(index));
        });
  }

  /** Whether the file has a bucket. */
  public boolean has(String bucket) {
    return buckets.containsKey(bucket);
  }

  /**
   * Reads a bucket in key order, once; a bucket that is missing is empty.
   *
   * @throws DamagedException if the file is damaged
   */
  public <E extends Exception> void forEach(String bucket, Visitor<E> visitor)
      throws IOException, E {
    ByteString place = buckets.get(bucket);
    if (place == null) {
      return;
    }
    walk(
        root(bucket, place),
        (page, index) -> {
          if (page.bucket(index)) {
            throw new DamagedException("it is damaged: bucket " + bucket + " holds another bucket");
          }
          visitor.entry(page.key(index), page.value(index));
        });
  }

  /** A bucket's value is its root's number, or with number 0 the root itself. */
  private Page root(String bucket, ByteString place) throws IOException {
    long root = place.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).getLong();
    if (root != 0) {
      return page(root);
    }
    byte[] whole = place.toByteArray();
    String name = "bucket " + bucket;
    if (whole.length < BUCKET_BYTES + Page.HEADER_BYTES) {
      throw new DamagedException("it is damaged: " + name + " is cut off");
    }
    return new Page(whole, BUCKET_BYTES, name);
  }

  /** Takes an element of a leaf. */
  private interface Leaves<E extends Exception> {
    void element(Page leaf, int index) throws IOException, E;
  }

  private <E extends Exception> void walk(Page root, Leaves<E> leaves) throws IOException, E {
    Walk<E> walk = new Walk<>(leaves);
    walk.down(root, 1);
  }

  /** One way through a tree, from left to right. */
  private final class Walk<E extends Exception> {
    private final Leaves<E> leaves;
    private @Nullable ByteString newest;

    Walk(Leaves<E> leaves) {
      this.leaves = leaves;
    }

    void down(Page page, int depth) throws IOException, E {
      if (depth > DEPTH_MAX) {
        throw new DamagedException("it is damaged: its pages form a circle");
      }
      for (int i = 0; i < page.count(); i++) {
        if (page.leaf()) {
          ByteString key = page.key(i);
          if (newest != null && ORDER.compare(newest, key) >= 0) {
            throw new DamagedException("it is damaged: its keys are out of order");
          }
          newest = key;
          leaves.element(page, i);
        } else {
          down(page(page.child(i)), depth + 1);
        }
      }
    }
  }

  /** Reads a page with those that it continues over. Each is part of one tree, once. */
  private Page page(long number) throws IOException {
    String name = "page " + number;
    checkPages(number, 0, name);
    ByteBuffer header = ByteBuffer.allocate(Page.HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    fill(header, number * meta.pageBytes(), name);
    long overflow = Page.overflow(header);
    checkPages(number, overflow, name);
    if (Page.number(header) != number) {
      throw new DamagedException(
          "it is damaged: " + name + " says that it is page " + Page.number(header));
    }
    int first = (int) number;
    int next = (int) (number + overflow + 1);
    int taken = read.nextSetBit(first);
    if (taken >= 0 && taken < next) {
      throw new DamagedException("it is damaged: page " + taken + " is used twice");
    }
    read.set(first, next);
    long size = (overflow + 1) * meta.pageBytes();
    if (size > Integer.MAX_VALUE) {
      throw new DamagedException("it is damaged: " + name + " is of " + size + " bytes");
    }
    byte[] whole = new byte[(int) size];
    fill(ByteBuffer.wrap(whole), number * meta.pageBytes(), name);
    return new Page(whole, 0, name);
  }

  private void checkPages(long number, long overflow, String name) throws DamagedException {
    // Beyond an int's pages, 8 TB of them, no file of bbolt's goes.
    long last = Math.min(meta.pages(), Integer.MAX_VALUE) - 1;
    if (number < 2 || number > last || overflow > last - number) {
      throw new DamagedException("it is damaged: " + name + " is behind its end");
    }
  }

  private void fill(ByteBuffer bytes, long position, String name) throws IOException {
    while (bytes.hasRemaining()) {
      if (file.read(bytes, position + bytes.position()) < 0) {
        throw new DamagedException("it is cut off within " + name);
      }
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
