package dev.rowan.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.Test;

class ConnectionMemoryTest {
  private static final long MIB = 1 << 20;

  private final ConnectionMemory.Limit limit = new ConnectionMemory.Limit(10 * MIB);
  private final EmbeddedChannel large = new EmbeddedChannel();
  private final EmbeddedChannel small = new EmbeddedChannel();

  @Test
  void theConnectionThatHoldsTheMostIsCut() {
    ConnectionMemory holdsMost = limit.of(large);
    ConnectionMemory asks = limit.of(small);
    holdsMost.add(9 * MIB);
    asks.add(MIB);
    run();
    assertThat(large.isOpen()).isTrue();

    asks.add(MIB);
    run();

    assertThat(large.isOpen()).isFalse();
    assertThat(small.isOpen()).isTrue();
    assertThat(limit.held()).isEqualTo(2 * MIB);
    holdsMost.add(-9 * MIB);
    assertThat(limit.held()).as("what a closed connection frees was free").isEqualTo(2 * MIB);
  }

  @Test
  void aConnectionThatFreesMemoryIsNotCut() {
    ConnectionMemory memory = limit.of(large);
    for (int i = 0; i < 100; i++) {
      memory.add(9 * MIB);
      memory.add(-9 * MIB);
    }
    run();

    assertThat(large.isOpen()).isTrue();
    assertThat(limit.held()).isZero();
  }

  @Test
  void oneIsCutAfterTheOther() {
    ConnectionMemory first = limit.of(large);
    first.add(11 * MIB);
    run();
    ConnectionMemory second = limit.of(small);
    second.add(11 * MIB);
    run();

    assertThat(large.isOpen()).isFalse();
    assertThat(small.isOpen()).isFalse();
    assertThat(limit.held()).isZero();
  }

  @Test
  void littleIsToldLaterAndForgottenAtTheEnd() {
    ConnectionMemory memory = limit.of(large);
    memory.add(100);
    assertThat(limit.held()).isZero();
    memory.add(MIB);
    assertThat(limit.held()).isEqualTo(MIB + 100);

    var _ = large.close();
    run();

    assertThat(limit.held()).isZero();
  }

  @Test
  void answersAreCountedWhileTheEventLoopIsStillAtTheRequests() {
    ConnectionMemory memory = limit.of(large);
    memory.making(6 << 20);
    assertThat(memory.isCut()).isFalse();

    memory.making(6 << 20);

    assertThat(memory.isCut()).isTrue();
    run();
    assertThat(large.isOpen()).isFalse();
    assertThat(limit.held()).isZero();
  }

  @Test
  void answersThatReachTheConnectionAreCountedThere() {
    ConnectionMemory memory = limit.of(large);
    memory.making(6 << 20);
    run();
    memory.making(6 << 20);
    run();

    assertThat(memory.isCut()).isFalse();
    assertThat(limit.held()).isZero();
  }

  private void run() {
    large.runPendingTasks();
    small.runPendingTasks();
  }
}
