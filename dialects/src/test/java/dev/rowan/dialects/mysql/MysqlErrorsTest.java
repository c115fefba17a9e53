package dev.rowan.dialects.mysql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.dialects.LogException;
import java.sql.SQLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the caller of the log may conclude from what the server said, or did not say. */
final class MysqlErrorsTest {
  private static SQLException said(int code) {
    return new SQLException("why", "HY000", code);
  }

  /** Nothing of the batch is there, and the same may be tried again at once. */
  @ParameterizedTest
  @ValueSource(ints = {1213, 1020, 8002, 9007})
  void whatIsRolledBackForAnothersSakeWasNotAppended(int code) {
    assertThat(MysqlErrors.outrun(said(code))).isTrue();
    assertThat(MysqlErrors.translateAppend(said(code), "appending"))
        .isInstanceOf(LogException.Unavailable.class)
        .hasMessageContaining("appending");
  }

  /** 1205: it waited for a lock for as long as it may, which is no reason to hurry. */
  @ParameterizedTest
  @ValueSource(ints = {1205, 1040, 1041, 1203, 4151})
  void whatTheServerRefusesWasNotAppended(int code) {
    assertThat(MysqlErrors.outrun(said(code))).isFalse();
    assertThat(MysqlErrors.translateAppend(said(code), "appending"))
        .isInstanceOf(LogException.Unavailable.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1053, 1317, 1927, 4031, 8501})
  void whatWasCutOffMayHaveBeenAppended(int code) {
    assertThat(MysqlErrors.outrun(said(code))).isFalse();
    assertThat(MysqlErrors.translateAppend(said(code), "appending"))
        .isInstanceOf(LogException.UnknownOutcome.class);
  }

  @Test
  void connectionThatIsLostTellsNothing() {
    assertThat(MysqlErrors.translateAppend(new SQLException("lost", "08S01", 2013), "appending"))
        .isInstanceOf(LogException.UnknownOutcome.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {1021, 1114})
  void wantOfSpaceIsFull(int code) {
    assertThat(MysqlErrors.translateAppend(said(code), "appending"))
        .isInstanceOf(LogException.Full.class);
  }

  @Test
  void fileSystemWithoutSpaceIsFull() {
    SQLException e = new SQLException("Got error 28 \"No space left on device\"", "HY000", 1030);

    assertThat(MysqlErrors.translateAppend(e, "appending")).isInstanceOf(LogException.Full.class);
  }
}
