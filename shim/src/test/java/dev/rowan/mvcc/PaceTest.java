package dev.rowan.mvcc;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PaceTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  /** Whenever the next write comes, the question before it is not longer ago than the wait. */
  @ParameterizedTest
  @ValueSource(longs = {1, 20, 100, 500, 1_000, 1_500})
  void regularWritesAreSeenWithinATenthOfASecond(long everyMillis) {
    long quiet = Duration.ofMillis(everyMillis).toNanos();

    assertThat(Pace.waitNanos(quiet)).isLessThan(SECOND / 10);
  }

  @Test
  void idleStoreIsAskedLessThanTwiceASecond() {
    int asked = 0;
    long quiet = 60 * SECOND;
    for (long now = 0; now < 10 * SECOND; now += Pace.waitNanos(quiet + now)) {
      asked++;
    }

    assertThat(asked).isLessThan(20);
  }

  /** From the last write of others on, until nothing is expected any more. */
  @Test
  void goingQuietCostsABoundedNumberOfQuestions() {
    int asked = 0;
    for (long quiet = 0; quiet < 10 * SECOND; quiet += Pace.waitNanos(quiet)) {
      asked++;
    }

    assertThat(asked).isBetween(50, 150);
  }
}
