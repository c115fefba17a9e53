package dev.rowan.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.dialects.LogException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class OutageTest {
  private long now = 7;
  private final Outage outage = new Outage("reads", () -> now);
  private final LogException gone = new LogException.Unavailable("gone", new IOException());

  @Test
  void anOutageIsToldAtOnceAndThenAtIntervals() {
    assertThat(outage.failed(gone)).isTrue();
    now += Outage.INTERVAL.toNanos() - 1;
    assertThat(outage.failed(gone)).isFalse();
    now += 1;
    assertThat(outage.failed(gone)).isTrue();
  }

  @Test
  void itsEndIsToldOnceAndTheNextOneAtOnce() {
    assertThat(outage.over()).isFalse();
    outage.failed(gone);
    assertThat(outage.over()).isTrue();
    assertThat(outage.over()).isFalse();
    assertThat(outage.failed(gone)).isTrue();
  }
}
