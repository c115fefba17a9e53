package dev.rowan.metrics;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What health checks found, under etcd's names (H-8). Safe for any thread. */
public final class HealthMetrics {
  private final Gauge successes;
  private final Gauge failures;
  private final Gauge last;
  private final Counter checks;

  /**
   * Registers them. Two are gauges that only grow: the names that etcd has for these counters do
   * not end in "_total", as those of counters must here.
   */
  public HealthMetrics(PrometheusRegistry registry) {
    successes =
        Gauge.builder()
            .name("etcd_server_health_success")
            .help("Times that /health found it healthy.")
            .register(registry);
    failures =
        Gauge.builder()
            .name("etcd_server_health_failures")
            .help("Times that /health did not.")
            .register(registry);
    last =
        Gauge.builder()
            .name("etcd_server_healthcheck")
            .help("What each check found the last time: 1 for healthy.")
            .labelNames("type", "name")
            .register(registry);
    checks =
        Counter.builder()
            .name("etcd_server_healthchecks_total")
            .help("Times that each check ran.")
            .labelNames("type", "name", "status")
            .withoutExemplars()
            .register(registry);
  }

  /** /health was answered. */
  public void answered(boolean healthy) {
    (healthy ? successes : failures).inc();
  }

  /** A check ran, of /livez or /readyz. */
  public void checked(String type, String name, boolean healthy) {
    last.labelValues(type, name).set(healthy ? 1 : 0);
    checks.labelValues(type, name, healthy ? "success" : "error").inc();
  }
}
