package dev.rowan.snapshot.bolt;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One level of a bucket's tree while it is written from left to right: holds what does not fill a
 * page yet, and gives each page that it writes to the level above.
 *
 * <p>No branch has a single child: bbolt merges a page that became small with a sibling, and takes
 * it for granted that there is one. So a branch is written only once two elements are behind it,
 * and the last two of a level share out what is left.
 */
final class Level {
  private final PageWriter pages;
  private final int flags;
  private final int elementsMin;
  private final List<Element> pending = new ArrayList<>();

  /** The first elements of {@link #pending}, as many as one page takes, and their bytes. */
  private int fitting;

  private long fittingBytes = Page.HEADER_BYTES;
  private @Nullable Level above;
  private long written;
  private long newestPage;

  private Level(PageWriter pages, int flags, int elementsMin) {
    this.pages = pages;
    this.flags = flags;
    this.elementsMin = elementsMin;
  }

  static Level ofLeaves(PageWriter pages) {
    return new Level(pages, Page.LEAF, 1);
  }

  /** Adds the next element, whose key is greater than all before. */
  void add(Element element) throws IOException {
    pending.add(element);
    if (fitting == pending.size() - 1) {
      fit(element);
    }
    if (pending.size() - fitting >= elementsMin) {
      write(fitting);
    }
  }

  /** An element too large for any page takes several, with as few others as may be. */
  private void fit(Element element) {
    if (fittingBytes + element.bytes() <= Page.BYTES || fitting < elementsMin) {
      fitting++;
      fittingBytes += element.bytes();
    }
  }

  private void write(int count) throws IOException {
    List<Element> page = pending.subList(0, count);
    ByteString first = page.isEmpty() ? ByteString.EMPTY : page.getFirst().key();
    newestPage = pages.append(flags, page);
    written++;
    page.clear();
    fitting = 0;
    fittingBytes = Page.HEADER_BYTES;
    for (int i = 0; i < pending.size() && fitting == i; i++) {
      fit(pending.get(i));
    }
    if (above == null) {
      above = new Level(pages, Page.BRANCH, 2);
    }
    above.add(Element.branch(first, newestPage));
  }

  /** Writes what is left and returns the root's page. */
  long finish() throws IOException {
    int rest = pending.size() - fitting;
    if (rest > 0 && fitting > elementsMin) {
      write(fitting - 1);
      write(pending.size());
    } else if (!pending.isEmpty() || written == 0) {
      write(pending.size());
    }
    return written == 1 || above == null ? newestPage : above.finish();
  }
}
