package dev.rowan.mvcc.index;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.rowan.dialects.RowId;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.IntConsumer;

/**
 * Measures the key index; by hand, after {@code mvnw verify}:
 *
 * <pre>
 * java -XX:+UseCompactObjectHeaders -XX:+UseSerialGC -Xmx3g -cp
 *   shim/target/classes:shim/target/test-classes:dialects/target/classes
 *   dev.rowan.mvcc.KeyIndexBenchmark
 * </pre>
 */
final class KeyIndexBenchmark {
  private static final int KEYS = 1_000_000;
  private static final int SAMPLES = 200_000;
  private static final byte[] FIRST = {};

  /** Rounds, of which the best figures are printed: the machine is shared. */
  private static final int ROUNDS = 5;

  private final Map<String, Double> best = new LinkedHashMap<>();
  private final Random random = new Random(1);
  private final byte[][] keys = new byte[KEYS][];
  private KeyIndex index = new KeyIndex();
  private long revision = 1;
  private long sink;

  private KeyIndexBenchmark() {
    for (int i = 0; i < KEYS; i++) {
      // 36 bytes; the order of the numbers is random.
      long number = i * 0x9E3779B97F4A7C15L;
      keys[i] = "/registry/pods/test/%016x".formatted(number).getBytes(US_ASCII);
    }
  }

  public static void main(String[] args) {
    KeyIndexBenchmark benchmark = new KeyIndexBenchmark();
    for (int round = 0; round < ROUNDS; round++) {
      benchmark.run();
    }
    benchmark.best.forEach((what, units) -> System.out.printf("%-46s %9.3f%n", what, units));
    System.out.println(benchmark.sink);
  }

  private void run() {
    index = new KeyIndex();
    revision = 1;
    long before = heap();
    time("load, 1,000,000 random keys, s", 1_000_000_000L, 1, i -> loadAll());
    best.merge("bytes a key without its array", bytes(before), Math::min);
    byte[][] fresh = new byte[SAMPLES][];
    for (int i = 0; i < SAMPLES; i++) {
      fresh[i] = "/registry/pods/test/%016x".formatted(random.nextLong()).getBytes(US_ASCII);
    }
    time("put of a new key, batches of 64, µs", 1000, SAMPLES, i -> put(fresh[i], 64));
    time("put of a present key, batches of 64, µs", 1000, SAMPLES, i -> put(any(), 64));
    time("put of a present key, batches of 1, µs", 1000, SAMPLES, i -> put(any(), 1));
    KeyIndexView view = index.view();
    time("get, µs", 1000, SAMPLES, i -> sink += view.get(any()) == null ? 0 : 1);
    time("scan of all, a row, µs", 1000L * KEYS, 1, i -> scan(view));
    byte[] from = "/registry/pods/test/4".getBytes(US_ASCII);
    byte[] to = "/registry/pods/test/5a".getBytes(US_ASCII);
    time("count of 100,000, µs", 1000, SAMPLES, i -> sink += view.count(from, to));
    long old = revision - 1000;
    time("the same 1,000 puts ago, µs", 1000, 1000, i -> sink += view.count(from, to, old));
    time("all, before all puts, µs", 1000, 20, i -> sink += view.count(FIRST, null, KEYS + 1));
    time("changes of the last 1,000 revisions, µs", 1000, 100, i -> changes(view, old));
    time("garbage, none to find, µs", 1000, SAMPLES, i -> garbage(view, KEYS));
    time("garbage, all of it, ms", 1_000_000, 1, i -> prune());
  }

  private void loadAll() {
    for (byte[] key : keys) {
      revision++;
      index.load(key, RowId.first(revision), revision, 1, 0);
    }
    index.publish(revision, -1, revision);
  }

  private void put(byte[] key, int batch) {
    index.put(key, RowId.first(++revision), 0);
    if (revision % batch == 0) {
      index.publish(revision, -1, revision);
    }
  }

  private byte[] any() {
    return keys[random.nextInt(KEYS)];
  }

  private void scan(KeyIndexView view) {
    view.forEachLive(
        FIRST,
        null,
        (entry, id) -> {
          sink += id;
          return true;
        });
  }

  private void changes(KeyIndexView view, long fromRevision) {
    view.changes(FIRST, null, fromRevision, revision, (entry, id, gone, before) -> sink += id);
  }

  private void garbage(KeyIndexView view, long compactRevision) {
    sink += view.garbage(compactRevision, null, 1000).ids().length;
  }

  private void prune() {
    index.publish(revision, -1, revision);
    byte[] after = null;
    do {
      Garbage garbage = index.view().garbage(revision, after, 1000);
      for (byte[] key : garbage.keys()) {
        index.forget(key, revision);
      }
      index.publish(revision, revision, revision);
      after = garbage.next();
      sink += garbage.ids().length;
    } while (after != null);
  }

  private void time(String what, long nanosPerUnit, int runs, IntConsumer run) {
    long start = System.nanoTime();
    for (int i = 0; i < runs; i++) {
      run.accept(i);
    }
    double units = (double) (System.nanoTime() - start) / runs / nanosPerUnit;
    best.merge(what, units, Math::min);
  }

  /** The keys' own arrays, of 48 bytes, are there before and after. */
  private static double bytes(long before) {
    return (double) (heap() - before) / KEYS;
  }

  private static long heap() {
    Runtime runtime = Runtime.getRuntime();
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
