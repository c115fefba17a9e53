package dev.rowan.snapshot.bolt;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.List;

/** Appends pages to a file, in few large writes. Not thread safe. */
final class PageWriter {
  private static final int BUFFER_BYTES = 1 << 20;

  private final FileChannel file;
  private final ByteBuffer buffer =
      ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
  private long next;

  /** Begins behind pages that are written with {@link #at} in the end. */
  PageWriter(FileChannel file, int reserved) throws IOException {
    this.file = file;
    this.next = reserved;
    file.position((long) reserved * Page.BYTES);
  }

  /** Pages so far. */
  long pages() {
    return next;
  }

  /** Appends a leaf or branch, over as many pages as it takes, and returns the first. */
  long append(int flags, List<Element> elements) throws IOException {
    long bytes = Page.HEADER_BYTES;
    for (Element element : elements) {
      bytes += element.bytes();
    }
    int pages = Math.toIntExact(Math.ceilDiv(bytes, (long) Page.BYTES));
    int size = Math.multiplyExact(pages, Page.BYTES);
    long page = next;
    next += pages;
    if (size > buffer.remaining()) {
      flush();
    }
    if (size <= buffer.capacity()) {
      encode(buffer, page, flags, elements, pages - 1);
    } else {
      ByteBuffer own = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
      encode(own, page, flags, elements, pages - 1);
      write(own.flip());
    }
    return page;
  }

  private static void encode(
      ByteBuffer target, long page, int flags, List<Element> elements, int overflow) {
    int end = target.position() + (overflow + 1) * Page.BYTES;
    header(target, page, flags, elements.size(), overflow);
    int data = Page.ELEMENT_BYTES * elements.size();
    for (Element element : elements) {
      int keyBytes = element.key().size();
      int valueBytes = element.value().size();
      if (flags == Page.LEAF) {
        target.putInt(element.flags()).putInt(data).putInt(keyBytes).putInt(valueBytes);
      } else {
        target.putInt(data).putInt(keyBytes).putLong(element.child());
      }
      // Counted from the element's own start.
      data += keyBytes + valueBytes - Page.ELEMENT_BYTES;
    }
    for (Element element : elements) {
      element.key().copyTo(target);
      element.value().copyTo(target);
    }
    while (target.position() < end) {
      target.put((byte) 0);
    }
  }

  private static void header(ByteBuffer target, long page, int flags, int count, int overflow) {
    target.putLong(page).putShort((short) flags).putShort((short) count).putInt(overflow);
  }

  /** Writes one of the reserved pages. */
  void at(long page, int flags, ByteBuffer content) throws IOException {
    ByteBuffer whole = ByteBuffer.allocate(Page.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    header(whole, page, flags, 0, 0);
    whole.put(content).position(0).limit(Page.BYTES);
    long position = page * Page.BYTES;
    while (whole.hasRemaining()) {
      position += file.write(whole, position);
    }
  }

  void flush() throws IOException {
    write(buffer.flip());
    buffer.clear();
  }

  private void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      file.write(bytes);
    }
  }
}
