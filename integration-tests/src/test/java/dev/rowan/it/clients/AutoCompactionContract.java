package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** CFG-3 on running servers, as many as the database allows. */
abstract class AutoCompactionContract {
  private static final Duration RETENTION = Duration.ofSeconds(2);
  private static final Duration LONG = Duration.ofSeconds(60);

  private final List<Server> servers = new ArrayList<>();

  /** Starts the servers over one empty store. */
  abstract List<Server> start(String... flags);

  @AfterEach
  void stop() {
    servers.forEach(Server::close);
  }

  @Test
  void whatIsOlderThanTheRetentionIsForgottenAndNothingElse() {
    servers.addAll(start("--auto-compaction-retention=" + RETENTION.toSeconds() + "s"));
    try (Client client = servers.getFirst().client()) {
      for (int round = 0; round < 3; round++) {
        long old = put(client);
        Instant written = Instant.now();
        await()
            .atMost(LONG)
            .until(() -> {
              long newest = put(client);
              assertThat(readable(client, newest)).isTrue();
              return !readable(client, old);
            });
        assertThat(Duration.between(written, Instant.now())).isGreaterThan(RETENTION);
      }
    }
  }

  private static long put(Client client) {
    return client.kv().put(Requests.put("k", "v").build()).getHeader().getRevision();
  }

  private static boolean readable(Client client, long revision) {
    try {
      return client.kv().range(Requests.get("k").setRevision(revision).build()).getCount() == 1;
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.OUT_OF_RANGE);
      return false;
    }
  }
}
