package dev.rowan.watch;

import dev.rowan.mvcc.KeyRange;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Key ranges, each with something that belongs to it, found by a key that they contain: a treap
 * ordered by (from, to) whose nodes know the furthest end below them. Finding costs O(log n) and
 * what is found. One thread.
 */
final class RangeTree<V> {
  private final RandomGenerator random = RandomGenerator.getDefault();
  private @Nullable Node<V> root;

  private static final class Node<V> {
    final KeyRange range;
    final V value;
    final int priority;
    @Nullable Node<V> left;
    @Nullable Node<V> right;

    /** The furthest end in this subtree; null for an open end. */
    byte @Nullable [] end;

    Node(KeyRange range, V value, int priority) {
      this.range = range;
      this.value = value;
      this.priority = priority;
      this.end = range.to();
    }

    void update() {
      end = range.to();
      end = left == null ? end : later(end, left.end);
      end = right == null ? end : later(end, right.end);
    }
  }

  private static byte @Nullable [] later(byte @Nullable [] a, byte @Nullable [] b) {
    if (a == null || b == null) {
      return null;
    }
    return Arrays.compareUnsigned(a, b) >= 0 ? a : b;
  }

  private static int compare(KeyRange a, KeyRange b) {
    int from = Arrays.compareUnsigned(a.from(), b.from());
    if (from != 0) {
      return from;
    }
    byte[] aTo = a.to();
    byte[] bTo = b.to();
    if (aTo == null || bTo == null) {
      return Boolean.compare(aTo == null, bTo == null);
    }
    return Arrays.compareUnsigned(aTo, bTo);
  }

  boolean isEmpty() {
    return root == null;
  }

  /** What belongs to exactly this range. */
  @Nullable V get(KeyRange range) {
    Node<V> node = root;
    while (node != null) {
      int order = compare(range, node.range);
      if (order == 0) {
        return node.value;
      }
      node = order < 0 ? node.left : node.right;
    }
    return null;
  }

  /** Adds a range that is not there yet. */
  void add(KeyRange range, V value) {
    root = add(root, new Node<>(range, value, random.nextInt()));
  }

  private static <V> Node<V> add(@Nullable Node<V> at, Node<V> added) {
    if (at == null) {
      return added;
    }
    Node<V> top = at;
    if (compare(added.range, at.range) < 0) {
      Node<V> left = add(at.left, added);
      at.left = left;
      if (left.priority > at.priority) {
        top = rotateRight(at, left);
      }
    } else {
      Node<V> right = add(at.right, added);
      at.right = right;
      if (right.priority > at.priority) {
        top = rotateLeft(at, right);
      }
    }
    top.update();
    return top;
  }

  private static <V> Node<V> rotateRight(Node<V> at, Node<V> left) {
    at.left = left.right;
    left.right = at;
    at.update();
    return left;
  }

  private static <V> Node<V> rotateLeft(Node<V> at, Node<V> right) {
    at.right = right.left;
    right.left = at;
    at.update();
    return right;
  }

  void remove(KeyRange range) {
    root = remove(root, range);
  }

  private static <V> @Nullable Node<V> remove(@Nullable Node<V> at, KeyRange range) {
    if (at == null) {
      return null;
    }
    int order = compare(range, at.range);
    if (order == 0) {
      return merge(at.left, at.right);
    }
    if (order < 0) {
      at.left = remove(at.left, range);
    } else {
      at.right = remove(at.right, range);
    }
    at.update();
    return at;
  }

  private static <V> @Nullable Node<V> merge(@Nullable Node<V> left, @Nullable Node<V> right) {
    if (left == null || right == null) {
      return left == null ? right : left;
    }
    if (left.priority > right.priority) {
      left.right = merge(left.right, right);
      left.update();
      return left;
    }
    right.left = merge(left, right.left);
    right.update();
    return right;
  }

  /** Visits what belongs to every range that contains the key. */
  void forEachContaining(byte[] key, Consumer<V> visitor) {
    visit(root, key, visitor);
  }

  private static <V> void visit(@Nullable Node<V> at, byte[] key, Consumer<V> visitor) {
    if (at == null || (at.end != null && Arrays.compareUnsigned(at.end, key) <= 0)) {
      return;
    }
    visit(at.left, key, visitor);
    if (Arrays.compareUnsigned(at.range.from(), key) <= 0) {
      if (at.range.contains(key)) {
        visitor.accept(at.value);
      }
      visit(at.right, key, visitor);
    }
  }
}
