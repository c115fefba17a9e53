package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.Ports;
import dev.rowan.it.Postgres;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** CFG-2: two processes listen on the same ports, with {@code --socket-reuse-port}. */
final class SharedPortIT {
  private static final Duration WAIT_MAX = Duration.ofSeconds(30);

  private static String[] flags(String name, int metrics) {
    return new String[] {
      "--name=" + name, "--socket-reuse-port", "--listen-metrics-urls=http://127.0.0.1:" + metrics,
    };
  }

  @Test
  void eachGetsConnectionsAndOneServesOnAfterTheOtherEnded() {
    String database = Postgres.newDatabase();
    int metrics = Ports.free();
    try (Server first = Rowan.over(database, flags("first", metrics));
        Server second = Rowan.beside(first, database, flags("second", metrics))) {
      Set<Long> members = new HashSet<>();
      await().atMost(WAIT_MAX).until(() -> members.add(member(first)) && members.size() == 2);
      long revision;
      try (Client client = first.client()) {
        revision = client.kv().put(Requests.put("a", "1").build()).getHeader().getRevision();
      }

      assertThat(first.process().terminate()).isZero();

      Set<Long> left = new HashSet<>();
      for (int i = 0; i < 20; i++) {
        left.add(member(second));
      }
      assertThat(left).hasSize(1);
      try (Client client = second.client()) {
        assertThat(client.kv().put(Requests.put("a", "2").build()).getHeader().getRevision())
            .isEqualTo(revision + 1);
      }
    }
  }

  /** Who answers on a new connection. */
  private static long member(Server server) {
    try (Client client = server.client()) {
      return client
          .maintenance()
          .status(StatusRequest.getDefaultInstance())
          .getHeader()
          .getMemberId();
    }
  }
}
