package dev.rowan.dialects.mysql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.LogException;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MysqlServerTest {
  private static final Map<String, String> VARIABLES = Map.of("max_allowed_packet", "67108864");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8.0.43",
        "8.4.6-0ubuntu1",
        "9.5.0",
        "11.4.5-MariaDB",
        "10.6.21-MariaDB-log",
        "8.0.11-TiDB-v8.5.1",
        "5.7.25-TiDB-v6.5.0"
      })
  void versionsThatHaveWhatIsNeededAreServed(String version) {
    assertThatCode(() -> new MysqlServer(version, VARIABLES).check("mysql://h/db"))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(strings = {"5.7.44", "10.5.28-MariaDB"})
  void olderOnesAreRefusedByTheirVersion(String version) {
    assertThatThrownBy(() -> new MysqlServer(version, VARIABLES).check("mysql://h/db"))
        .isInstanceOf(LogException.Unavailable.class)
        .hasMessageContaining(version);
  }

  @Test
  void outcomeIsUnknownOnlyWhereTheServerDidNotRefuse() {
    SQLException killed = new SQLException("killed", "70100", 1927);
    SQLException gone = new SQLException("gone", "08000", 0);
    SQLException deadlock = new SQLException("deadlock", "40001", 1213);
    SQLException full = new SQLException("The table 'log' is full", "HY000", 1114);

    assertThat(MysqlErrors.translateAppend(killed, "appending"))
        .isInstanceOf(LogException.UnknownOutcome.class);
    assertThat(MysqlErrors.translateAppend(gone, "appending"))
        .isInstanceOf(LogException.UnknownOutcome.class);
    assertThat(MysqlErrors.translateAppend(deadlock, "appending"))
        .isInstanceOf(LogException.Unavailable.class);
    assertThat(MysqlErrors.translateAppend(full, "appending"))
        .isInstanceOf(LogException.Full.class);
    assertThat(MysqlErrors.outrun(deadlock)).isTrue();
    assertThat(MysqlErrors.outrun(new SQLException("conflict", "HY000", 9007))).isTrue();
  }
}
