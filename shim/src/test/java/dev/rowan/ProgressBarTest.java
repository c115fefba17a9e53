package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ProgressBarTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void eachPercentIsDrawnOnceOverTheLast() {
    ProgressBar bar = new ProgressBar(out, true);

    bar.at(0, 1000);
    bar.at(9, 1000);
    bar.at(500, 1000);
    bar.at(1000, 1000);
    bar.end();

    assertThat(printed())
        .isEqualTo(
            "\r["
                + ".".repeat(60)
                + "]   0%"
                + "\r["
                + "#".repeat(30)
                + ".".repeat(30)
                + "]  50%"
                + "\r["
                + "#".repeat(60)
                + "] 100%"
                + System.lineSeparator());
  }

  @Test
  void nothingIsDrawnWhereNobodyLooks() {
    ProgressBar bar = new ProgressBar(out, false);

    bar.at(500, 1000);
    bar.end();

    assertThat(printed()).isEmpty();
  }

  @Test
  void anUnknownEndIsNoPercent() {
    ProgressBar bar = new ProgressBar(out, true);

    bar.at(500, 0);

    assertThat(printed()).endsWith("]   0%");
  }
}
