package dev.rowan.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ServerCall;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AwaitedCallTest {
  private final AwaitedCall<String> call = new AwaitedCall<>();
  private final List<String> told = new ArrayList<>();

  private final ServerCall.Listener<String> listener =
      new ServerCall.Listener<>() {
        @Override
        public void onMessage(String message) {
          told.add(message);
          if (message.equals("first")) {
            call.onMessage("meanwhile");
          }
        }

        @Override
        public void onComplete() {
          told.add("complete");
        }
      };

  @Test
  void whatComesIsToldInItsOrder() {
    call.onMessage("first");
    call.onMessage("second");
    assertThat(told).isEmpty();

    call.begin(() -> listener);
    call.onComplete();

    assertThat(told).containsExactly("first", "second", "meanwhile", "complete");
  }

  /** A call within the process may be closed by one thread while another begins it. */
  @Test
  void nobodyWaitsForACallThatBegins() {
    call.begin(() -> {
      Thread other = Thread.ofPlatform().start(call::onComplete);
      try {
        assertThat(other.join(Duration.ofSeconds(20))).isTrue();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return listener;
    });

    assertThat(told).containsExactly("complete");
  }
}
