package dev.rowan.mvcc.index;

import org.jspecify.annotations.Nullable;

/**
 * The writer's side of the tree: finds a key, and changes it on a path that belongs to the present
 * batch. Single-threaded.
 *
 * <p>Every change is made where the last {@link #find} pointed, and takes one find.
 */
final class KeyTree {
  /** Inner nodes on a path: with half-full nodes enough for 32^12 keys. */
  private static final int DEPTH_MAX = 12;

  private long batch = 1;
  private Node root = new Leaf(batch);

  private final Inner[] path = new Inner[DEPTH_MAX];
  private final int[] slots = new int[DEPTH_MAX];
  private int depth;
  private Leaf leaf = new Leaf(batch);
  private int position;

  Node root() {
    return root;
  }

  /** Begins a batch from a root that nobody changes any more. */
  void begin(Node frozen) {
    root = frozen;
    batch++;
  }

  /** Begins a batch from the root of another tree, which is not changed any more. */
  void beginFrom(KeyTree other) {
    // So that none of its nodes is taken for one of this batch.
    batch = Math.max(batch, other.batch);
    begin(other.root);
  }

  /** Finds a key's entry, and remembers where it is or would be. */
  @Nullable KeyEntry find(byte[] key) {
    depth = 0;
    Node node = root;
    while (node instanceof Inner inner) {
      int slot = inner.slot(key);
      path[depth] = inner;
      slots[depth++] = slot;
      node = inner.children[slot];
    }
    leaf = (Leaf) node;
    position = leaf.search(key);
    return position < 0 ? null : leaf.entries[position];
  }

  /** Puts an entry in the place of the older one that was found. */
  void replace(KeyEntry entry) {
    own();
    leaf.replace(position, entry);
    long revision = entry.modRevision();
    long garbageFrom = entry.garbageFrom();
    for (int i = depth - 1; i >= 0; i--) {
      path[i].recount(slots[i]);
      path[i].widen(revision, garbageFrom);
    }
  }

  /** Inserts the entry of a key that was not found. */
  void insert(KeyEntry entry) {
    own();
    Node right = insertIntoLeaf(~position, entry);
    long revision = entry.modRevision();
    long garbageFrom = entry.garbageFrom();
    for (int i = depth - 1; i >= 0; i--) {
      Inner parent = path[i];
      parent.recount(slots[i]);
      parent.widen(revision, garbageFrom);
      right = right == null ? null : parent.insert(slots[i] + 1, right);
    }
    if (right != null) {
      Inner top = new Inner(batch);
      Node left = root;
      root = top;
      top.insert(0, left);
      top.insert(1, right);
    }
  }

  /** A full leaf is halved, but left full where keys arrive in ascending order. */
  private @Nullable Leaf insertIntoLeaf(int at, KeyEntry entry) {
    if (leaf.size < Node.FANOUT) {
      leaf.insert(at, entry);
      return null;
    }
    Leaf right = leaf.split(at == Node.FANOUT ? at : Node.FANOUT / 2);
    if (at <= leaf.size && leaf.size < Node.FANOUT) {
      leaf.insert(at, entry);
    } else {
      right.insert(at - leaf.size, entry);
    }
    return right;
  }

  /** Puts an entry of less history in the place of the one that was found. */
  void shorten(KeyEntry entry) {
    own();
    long before = leaf.entries[position].garbageFrom();
    leaf.replace(position, entry);
    boundGarbage(before);
  }

  /** Removes the entry that was found, and merges nodes that became small. */
  void remove() {
    own();
    long before = leaf.entries[position].garbageFrom();
    leaf.remove(position);
    boundGarbage(before);
    for (int i = depth - 1; i >= 0; i--) {
      Inner parent = path[i];
      int slot = slots[i];
      parent.recount(slot);
      if (parent.children[slot].size == 0) {
        parent.remove(slot);
      } else {
        parent.mergeAround(slot);
      }
    }
    lowerRoot();
  }

  private void lowerRoot() {
    while (root instanceof Inner inner && inner.size <= 1) {
      root = inner.size == 1 ? inner.children[0] : new Leaf(batch);
    }
  }

  /** Raises the lower bounds along the path that rested on the entry that was found. */
  private void boundGarbage(long before) {
    if (leaf.garbageFrom < before) {
      return;
    }
    leaf.boundGarbage();
    for (int i = depth - 1; i >= 0 && path[i].garbageFrom >= before; i--) {
      path[i].boundGarbage();
    }
  }

  /** Makes the path that was found one that this batch may change. */
  private void own() {
    for (int i = 0; i < depth; i++) {
      path[i] = path[i].ownedBy(batch);
      attach(i, path[i]);
    }
    leaf = leaf.ownedBy(batch);
    attach(depth, leaf);
  }

  private void attach(int level, Node node) {
    if (level == 0) {
      root = node;
    } else {
      path[level - 1].children[slots[level - 1]] = node;
    }
  }
}
