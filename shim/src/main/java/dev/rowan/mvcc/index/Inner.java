package dev.rowan.mvcc.index;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** An inner node: children in key order, the keys that separate them, and their live keys. */
final class Inner extends Node {
  final Node[] children;

  /** {@code separators[i]}: above every key of child i, not above any key of child i + 1. */
  private final byte[][] separators;

  /** The children's live keys, here so that counting touches no sibling. */
  private final int[] lives;

  Inner(long batch) {
    this(batch, new Node[FANOUT], new byte[FANOUT - 1][], new int[FANOUT]);
  }

  private Inner(long batch, Node[] children, byte[][] separators, int[] lives) {
    super(batch);
    this.children = children;
    this.separators = separators;
    this.lives = lives;
  }

  @Override
  Inner ownedBy(long wanted) {
    if (batch == wanted) {
      return this;
    }
    Inner copy = new Inner(wanted, children.clone(), separators.clone(), lives.clone());
    copy.copySummaries(this);
    return copy;
  }

  byte[] separator(int index) {
    return separators[index];
  }

  /** Index of the child that a key belongs to. */
  int slot(byte[] key) {
    int low = 0;
    int high = size - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (Arrays.compareUnsigned(separators[middle], key) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Index of the first child that may hold keys from this one on. */
  int from(byte @Nullable [] key) {
    return key == null ? 0 : slot(key);
  }

  /** Index of the last child that may hold keys below this one. */
  int to(byte @Nullable [] key) {
    return key == null ? size - 1 : slot(key);
  }

  /** Live keys of the children before an index. */
  int liveBefore(int slot) {
    int before = 0;
    for (int i = 0; i < slot; i++) {
      before += lives[i];
    }
    return before;
  }

  /** Takes the live keys of a changed child, and the difference into the own sum. */
  void recount(int slot) {
    live += children[slot].live - lives[slot];
    lives[slot] = children[slot].live;
  }

  /**
   * Inserts a child, which is not the first one.
   *
   * @return the new right neighbour, if there was no room and this node was split
   */
  @Nullable Inner insert(int at, Node child) {
    if (size < FANOUT) {
      insertInto(at, child);
      return null;
    }
    if (at == FANOUT) {
      Inner right = new Inner(batch);
      right.insertInto(0, child);
      summarize();
      return right;
    }
    Inner right = split();
    if (at <= size) {
      insertInto(at, child);
    } else {
      right.insertInto(at - size, child);
    }
    return right;
  }

  private void insertInto(int at, Node child) {
    System.arraycopy(children, at, children, at + 1, size - at);
    System.arraycopy(lives, at, lives, at + 1, size - at);
    if (at > 0) {
      System.arraycopy(separators, at - 1, separators, at, size - at);
      separators[at - 1] = child.firstKey();
    }
    children[at] = child;
    lives[at] = child.live;
    live += child.live;
    size++;
    widen(child.newestRevision, child.garbageFrom);
  }

  private Inner split() {
    int at = size / 2;
    Inner right = new Inner(batch);
    right.copyFrom(this, at);
    Arrays.fill(children, at, size, null);
    Arrays.fill(separators, at - 1, size - 1, null);
    size = at;
    summarize();
    right.summarize();
    return right;
  }

  /** Appends another node's children from an index on; the separators must follow suit. */
  private void copyFrom(Inner other, int at) {
    int moved = other.size - at;
    System.arraycopy(other.children, at, children, size, moved);
    System.arraycopy(other.lives, at, lives, size, moved);
    System.arraycopy(other.separators, at, separators, size, moved - 1);
    size += moved;
  }

  /** Removes a child whose live keys were counted out. */
  void remove(int at) {
    live -= lives[at];
    size--;
    System.arraycopy(children, at + 1, children, at, size - at);
    System.arraycopy(lives, at + 1, lives, at, size - at);
    Arrays.fill(children, size, size + 1, null);
    if (size > 0) {
      int separator = Math.max(at - 1, 0);
      System.arraycopy(separators, separator + 1, separators, separator, size - 1 - separator);
      Arrays.fill(separators, size - 1, size, null);
    }
  }

  /** Merges a child that shrank with a neighbour, if both together are small. */
  void mergeAround(int slot) {
    if (slot > 0 && children[slot - 1].mergesWith(children[slot])) {
      mergeWithNext(slot - 1);
    } else if (slot + 1 < size && children[slot].mergesWith(children[slot + 1])) {
      mergeWithNext(slot);
    }
  }

  private void mergeWithNext(int slot) {
    Node merged = children[slot].ownedBy(batch);
    children[slot] = merged;
    merged.append(children[slot + 1]);
    remove(slot + 1);
    recount(slot);
  }

  @Override
  byte[] firstKey() {
    return children[0].firstKey();
  }

  @Override
  void append(Node next) {
    Inner inner = (Inner) next;
    separators[size - 1] = inner.firstKey();
    copyFrom(inner, 0);
    live += inner.live;
    widen(inner.newestRevision, inner.garbageFrom);
  }

  @Override
  void summarize() {
    live = 0;
    newestRevision = 0;
    for (int i = 0; i < size; i++) {
      live += lives[i];
      newestRevision = Math.max(newestRevision, children[i].newestRevision);
    }
    boundGarbage();
  }

  @Override
  void boundGarbage() {
    garbageFrom = Long.MAX_VALUE;
    for (int i = 0; i < size; i++) {
      garbageFrom = Math.min(garbageFrom, children[i].garbageFrom);
    }
  }
}
