package dev.rowan.maintenance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.error.EtcdError;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** M-8. */
class DowngradeVersionTest {
  @ParameterizedTest
  @ValueSource(strings = {"3.6", "3.6.0", "3.6.99", "3.6.1-rc.0", "3.6.1+build"})
  void aMinorBelowIsTaken(String version) {
    assertThat(DowngradeVersion.target(version)).isEqualTo("3.6.0");
  }

  @ParameterizedTest
  @ValueSource(strings = {"3.5", "3.7", "3.7.0", "3.8", "4.6", "0.0", "3.999999999999999999"})
  void anotherVersionIsRefused(String version) {
    assertThatThrownBy(() -> DowngradeVersion.target(version))
        .isEqualTo(EtcdError.DOWNGRADE_TARGET.exception());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "3", "v3.6", "3.6.", "3.x", "3.6.1.1", "3.6-rc", ".", " 3.6"})
  void whatIsNoVersionIsRefused(String version) {
    assertThatThrownBy(() -> DowngradeVersion.target(version))
        .isEqualTo(EtcdError.DOWNGRADE_FORMAT.exception());
  }
}
