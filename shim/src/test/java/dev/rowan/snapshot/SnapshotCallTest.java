package dev.rowan.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.grpc.TestCall;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A client that takes a little at a time may not keep its file for ever. */
final class SnapshotCallTest {
  private static final long FILE_BYTES = 256L << 20;

  private long now = Long.MAX_VALUE - 5;
  private final SnapshotCall call = new SnapshotCall(new TestCall<>(), () -> now);

  @Test
  void clientHasFiveMinutesAndASecondForEach256KiB() throws InterruptedException {
    call.begin(FILE_BYTES);
    Duration time = Duration.ofSeconds(300 + 1024);

    assertThat(call.awaitRoom()).isTrue();
    now += time.toNanos() - 1;
    assertThat(call.awaitRoom()).as("just in time").isTrue();
    now += 1;
    assertThat(call.awaitRoom()).as("too late, though it is ready").isFalse();
  }
}
