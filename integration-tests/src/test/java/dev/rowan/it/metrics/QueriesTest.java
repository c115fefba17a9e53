package dev.rowan.it.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Scrape;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong in an expression is found. */
class QueriesTest {
  private static final Scrape SCRAPE =
      new Scrape(
          Map.of(
              "calls_total{method=\"Put\",code=\"OK\"}", 1.0,
              "seconds_bucket{le=\"0.1\"}", 1.0,
              "up_since", 1.0),
          Map.of());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "up_since",
        "time() - up_since{instance=~\"$instance\"} > 3600 and on (job, instance) up_since",
        "sum by (instance, method) (rate(calls_total{code!=\"Canceled\"}[$__rate_interval]))",
        "increase(calls_total{method=~\"Put|Txn\"}[5m]) > 0",
        "histogram_quantile(0.99, sum by (job, le) (rate(seconds_bucket[5m])))"
      })
  void whatIsThereIsNotMissed(String expression) {
    assertThat(Queries.missing(expression, "{{method}}", withMethods())).isEmpty();
  }

  private static Scrape withMethods() {
    Map<String, Double> series = new TreeMap<>(SCRAPE.series());
    series.put("up_since{method=\"Put\"}", 1.0);
    series.put("seconds_bucket{le=\"1\",method=\"Put\"}", 1.0);
    return new Scrape(series, Map.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "up_until",
        "rate(calls[5m])",
        "calls_total{verb=\"Put\"}",
        "calls_total{code=\"Canceled\"}",
        "calls_total{method=~\"Get|Txn\"}",
        "sum by (verb) (rate(calls_total[5m]))",
        "up_since and on (job, method) up_since",
        "up_since / up_until"
      })
  void whatIsNotThereIsMissed(String expression) {
    assertThat(Queries.missing(expression, "", SCRAPE)).hasSize(1);
  }

  @Test
  void labelsOfTextsAreLookedAtToo() {
    assertThat(Queries.missing("up_since", "It is {{ $labels.instance }}.", SCRAPE)).isEmpty();
    assertThat(Queries.missing("up_since", "It is {{ $labels.method }}.", SCRAPE)).hasSize(1);
    assertThat(Queries.missing("calls_total", "{{method}} {{verb}}", SCRAPE)).hasSize(1);
  }
}
