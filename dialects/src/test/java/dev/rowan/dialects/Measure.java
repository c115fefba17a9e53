package dev.rowan.dialects;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Measures appends and the load of an endpoint; run by hand, on an empty store: {@code Measure
 * endpoint valueBytes seconds loadRows batch...}.
 */
final class Measure {
  private Measure() {}

  public static void main(String[] arguments) throws Exception {
    int valueBytes = Integer.parseInt(arguments[1]);
    double seconds = Double.parseDouble(arguments[2]);
    int loadRows = Integer.parseInt(arguments[3]);
    try (RevisionLog log = Endpoint.parse(arguments[0], Path.of(".")).open(false)) {
      for (String batch : Arrays.asList(arguments).subList(4, arguments.length)) {
        append(log, Integer.parseInt(batch), valueBytes, 1);
        append(log, Integer.parseInt(batch), valueBytes, seconds);
      }
      if (loadRows > 0) {
        fill(log, loadRows, valueBytes);
        load(log);
        load(log);
      }
    }
  }

  private static void append(RevisionLog log, int rows, int valueBytes, double seconds)
      throws LogException {
    Batches batches = new Batches(log.head());
    byte[] value = new byte[valueBytes];
    new Random(1).nextBytes(value);
    List<Long> nanos = new ArrayList<>();
    long cpu = cpuNanos();
    long start = System.nanoTime();
    while (System.nanoTime() - start < seconds * 1e9) {
      Batch batch = batches.next(rows(batches, rows, value));
      long before = System.nanoTime();
      log.append(batch);
      nanos.add(System.nanoTime() - before);
    }
    double elapsed = (System.nanoTime() - start) / 1e9;
    long count = (long) nanos.size() * rows;
    nanos.sort(null);
    System.out.printf(
        "batch %4d: %8.0f rows/s  p50 %7.0f us  p99 %7.0f us  max %8.0f us  cpu %6.1f us/row%n",
        rows,
        count / elapsed,
        nanos.get(nanos.size() / 2) / 1e3,
        nanos.get(nanos.size() * 99 / 100) / 1e3,
        nanos.getLast() / 1e3,
        (cpuNanos() - cpu) / 1e3 / count);
  }

  private static void fill(RevisionLog log, int rows, int valueBytes) throws LogException {
    Batches batches = new Batches(log.head());
    byte[] value = new byte[valueBytes];
    for (int i = 0; i < rows; i += 1000) {
      log.append(batches.next(rows(batches, 1000, value)));
    }
  }

  private static void load(RevisionLog log) throws LogException {
    long cpu = cpuNanos();
    long start = System.nanoTime();
    long[] rows = {0};
    log.load(
        new RevisionLog.LoadVisitor() {
          @Override
          public void meta(MetaRow row) {}

          @Override
          public void row(long id, byte[] key, long created, long version, long leaseId) {
            rows[0]++;
          }
        });
    System.out.printf(
        "load %d rows: %.2f s, cpu %.2f s%n",
        rows[0], (System.nanoTime() - start) / 1e9, (cpuNanos() - cpu) / 1e9);
  }

  private static List<LogRow> rows(Batches batches, int count, byte[] value) {
    ByteString bytes = UnsafeByteOperations.unsafeWrap(value);
    List<LogRow> rows = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      rows.add(batches.put(ByteString.copyFromUtf8("/registry/pods/default/pod-" + i), bytes));
    }
    return rows;
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }
}
