package dev.rowan.dialects.postgres;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.dialects.LogException;
import java.io.IOException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.util.PSQLException;
import org.postgresql.util.PSQLState;
import org.postgresql.util.ServerErrorMessage;

/** What the caller of the log may conclude from what the server said, or did not say. */
final class PostgresErrorsTest {
  private static SQLException said(String state) {
    return new PSQLException(new ServerErrorMessage("SERROR\0C" + state + "\0Mwhy\0"));
  }

  /** Nothing of the batch is there, and the same may be tried again at once. */
  @ParameterizedTest
  @ValueSource(strings = {"40001", "40P01"})
  void whatIsRolledBackForAnothersSakeWasNotAppended(String state) {
    assertThat(PostgresErrors.outrun(said(state))).isTrue();
    assertThat(PostgresErrors.translateAppend(said(state), "appending"))
        .isInstanceOf(LogException.Unavailable.class)
        .hasMessageContaining("appending");
  }

  @ParameterizedTest
  @ValueSource(strings = {"53300", "57014", "55P03", "55000", "25P02"})
  void whatTheServerRefusesWasNotAppended(String state) {
    assertThat(PostgresErrors.outrun(said(state))).isFalse();
    assertThat(PostgresErrors.translateAppend(said(state), "appending"))
        .isInstanceOf(LogException.Unavailable.class);
  }

  /** It ends, it is a proxy's word on its connection to it, or it does not know itself. */
  @ParameterizedTest
  @ValueSource(strings = {"57P01", "57P02", "08006", "08P01", "40003"})
  void whatWasCutOffMayHaveBeenAppended(String state) {
    assertThat(PostgresErrors.outrun(said(state))).isFalse();
    assertThat(PostgresErrors.translateAppend(said(state), "appending"))
        .isInstanceOf(LogException.UnknownOutcome.class);
  }

  @Test
  void whatWasNotAnsweredMayHaveBeenAppended() {
    SQLException lost =
        new PSQLException("lost", PSQLState.CONNECTION_FAILURE, new IOException("reset"));

    assertThat(PostgresErrors.translateAppend(lost, "appending"))
        .isInstanceOf(LogException.UnknownOutcome.class);
  }

  @Test
  void wantOfSpaceIsFull() {
    assertThat(PostgresErrors.translateAppend(said("53100"), "appending"))
        .isInstanceOf(LogException.Full.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"42P01", "23505", "XX001"})
  void damageIsCorrupt(String state) {
    assertThat(PostgresErrors.translateAppend(said(state), "appending"))
        .isInstanceOf(LogException.Corrupt.class);
  }
}
