package dev.rowan.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class LogTailTest {
  @Test
  void pauseIsATwentiethOfTheTimeSinceAnAppendWasFound() {
    assertThat(pauseAfter(Duration.ofSeconds(3))).isEqualTo(Duration.ofMillis(150));
  }

  @Test
  void pauseIsBounded() {
    assertThat(pauseAfter(Duration.ZERO)).isEqualTo(Duration.ofMillis(10));
    assertThat(pauseAfter(Duration.ofDays(300))).isEqualTo(LogTail.PAUSE_MAX);
  }

  private static Duration pauseAfter(Duration sinceFound) {
    return LogTail.pause(sinceFound.toNanos());
  }
}
