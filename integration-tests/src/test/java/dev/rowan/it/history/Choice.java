package dev.rowan.it.history;

import java.util.List;
import java.util.SplittableRandom;

/** Random choices from a seed. Not thread-safe. */
final class Choice {
  private final SplittableRandom random;

  Choice(long seed) {
    random = new SplittableRandom(seed);
  }

  /** One of them. */
  @SafeVarargs
  final <T> T of(T... values) {
    return values[random.nextInt(values.length)];
  }

  /** One of them. */
  <T> T of(List<T> values) {
    return values.get(random.nextInt(values.size()));
  }

  /** True so many times in a hundred. */
  boolean percent(int chance) {
    return random.nextInt(100) < chance;
  }

  /** From 0 to below the bound. */
  int below(int bound) {
    return random.nextInt(bound);
  }

  /** From the first to the last. */
  long between(long first, long last) {
    return random.nextLong(first, last + 1);
  }
}
