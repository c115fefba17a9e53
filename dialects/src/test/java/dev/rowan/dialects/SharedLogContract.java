package dev.rowan.dialects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What a log that several instances append to must do beyond every log. */
public abstract class SharedLogContract extends FillingContract {
  /** Who knows nothing of what was lost has written past it: the numbers alone tell nothing. */
  @Test
  void databaseThatWentBackwardsAndWasWrittenOnIsNoticed() throws LogException {
    log.append(batches.next(batches.put("a", "1")));
    Head known = log.head();
    Head other =
        new Head(known.position(), known.revision(), -1, known.token() + 1, known.clusterId());
    Head forgotten = new Head(0, 1, -1, 0, known.clusterId());
    for (int i = 0; i < 100; i++) {
      log.append(batches.next(batches.put("a", "" + i)));
      assertThat(log.changesSince(known, 10).rows()).isNotEmpty();
      assertThatThrownBy(() -> log.changesSince(other, 10))
          .isInstanceOf(LogException.Corrupt.class)
          .hasMessageContaining("went backwards and was written on");
      assertThatThrownBy(() -> log.changesSince(forgotten, 10))
          .isInstanceOf(LogException.Pruned.class);
    }
  }
}
