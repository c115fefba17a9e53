package dev.rowan.metrics;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What the process and its JVM use, under the names that Prometheus' own clients have. Read when
 * scraped only; from /proc, and absent where there is none.
 */
final class ProcessMetrics {
  private static final Path PROC = Path.of("/proc/self");
  private static final Pattern OPEN_FILES = Pattern.compile("Max open files\\s+(\\d+)");
  private static final double MILLIS_PER_SECOND = 1e3;
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double KIB = 1024;

  private ProcessMetrics() {}

  static void register(PrometheusRegistry registry) {
    jvm(registry);
    gauge(registry, "process_start_time_seconds", "Start, since 1970.", ProcessMetrics::start);
    counter(registry, "process_cpu_seconds_total", "CPU time used.", ProcessMetrics::cpu);
    if (Files.isReadable(PROC.resolve("status"))) {
      gauge(
          registry,
          "process_resident_memory_bytes",
          "Memory in RAM.",
          () -> status("VmRSS:") * KIB);
      gauge(
          registry,
          "process_virtual_memory_bytes",
          "Address space.",
          () -> status("VmSize:") * KIB);
      gauge(registry, "process_open_fds", "Open file descriptors.", ProcessMetrics::openFiles);
      gauge(registry, "process_max_fds", "Limit of open files.", ProcessMetrics::openFilesMax);
      gauge(registry, "os_fd_used", "Open file descriptors.", ProcessMetrics::openFiles);
      gauge(registry, "os_fd_limit", "Limit of open files.", ProcessMetrics::openFilesMax);
    }
  }

  private static void jvm(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("jvm_memory_used_bytes")
        .help("Memory of the JVM in use.")
        .labelNames("area")
        .callback(area -> {
          var memory = ManagementFactory.getMemoryMXBean();
          area.call((double) memory.getHeapMemoryUsage().getUsed(), "heap");
          area.call((double) memory.getNonHeapMemoryUsage().getUsed(), "nonheap");
        })
        .register(registry);
    gauge(
        registry,
        "jvm_memory_heap_max_bytes",
        "Most that the heap may grow to.",
        () -> Runtime.getRuntime().maxMemory());
    counter(
        registry,
        "jvm_gc_seconds_total",
        "Time spent collecting garbage.",
        () ->
            collectors().mapToLong(GarbageCollectorMXBean::getCollectionTime).sum()
                / MILLIS_PER_SECOND);
    counter(
        registry,
        "jvm_gc_collections_total",
        "Garbage collections.",
        () -> collectors().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum());
    gauge(
        registry,
        "jvm_threads_current",
        "Platform threads.",
        () -> ManagementFactory.getThreadMXBean().getThreadCount());
  }

  private static Stream<GarbageCollectorMXBean> collectors() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream();
  }

  private static double start() {
    return ManagementFactory.getRuntimeMXBean().getStartTime() / MILLIS_PER_SECOND;
  }

  private static double cpu() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean system
        ? system.getProcessCpuTime() / NANOS_PER_SECOND
        : Double.NaN;
  }

  /** A number of kibibytes from /proc/self/status. */
  private static double status(String key) {
    return lines("status").stream()
        .filter(line -> line.startsWith(key))
        .mapToDouble(line -> Double.parseDouble(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(Double.NaN);
  }

  private static double openFiles() {
    try (Stream<Path> open = Files.list(PROC.resolve("fd"))) {
      return open.count();
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  private static double openFilesMax() {
    return lines("limits").stream()
        .map(OPEN_FILES::matcher)
        .filter(Matcher::find)
        .mapToDouble(line -> Double.parseDouble(line.group(1)))
        .findFirst()
        .orElse(Double.NaN);
  }

  private static List<String> lines(String file) {
    try {
      return Files.readAllLines(PROC.resolve(file));
    } catch (IOException e) {
      return List.of();
    }
  }

  static void gauge(PrometheusRegistry registry, String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(gauge -> gauge.call(value.getAsDouble()))
        .register(registry);
  }

  static void counter(PrometheusRegistry registry, String name, String help, DoubleSupplier value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(counter -> counter.call(value.getAsDouble()))
        .register(registry);
  }
}
