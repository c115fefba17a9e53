package dev.rowan.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.it.DatabaseServer;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * A database is put back to an older copy of itself under instances that live: whoever knew more
 * ends, before a client is told of a revision that already was something else.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BackwardsContract {
  private static final Duration BACK_MAX = Duration.ofSeconds(30);

  /** More than were lost. */
  private static final int WRITTEN_ON = 20;

  private DatabaseServer database;

  /** Starts a server that is durable. */
  abstract DatabaseServer startDatabase();

  @BeforeAll
  void start() {
    database = startDatabase();
  }

  @AfterAll
  void stop() {
    database.close();
  }

  @Test
  void olderDatabaseEndsEveryInstanceThatKnewMore() {
    String endpoint = database.newDatabase();
    try (Server first = Rowan.over(endpoint);
        Server second = Rowan.over(endpoint);
        Client client = first.client()) {
      long kept = put(client, "kept");
      copyAside();
      awaitBack(client);
      try (Follower onFirst = Follower.from(first, kept);
          Follower onSecond = Follower.from(second, kept)) {
        long lost = put(client, "lost");
        onFirst.awaitRevision(lost);
        onSecond.awaitRevision(lost);

        database.kill();
        database.putBack();
        database.startAgain();

        assertEnded(first, "the database went backwards");
        assertEnded(second, "the database went backwards");
        onFirst.awaitEnd();
        onSecond.awaitEnd();
        assertThat(onFirst.seen()).isEqualTo(onSecond.seen());
      }
    }
    try (Server fresh = Rowan.over(endpoint);
        Client client = fresh.client()) {
      assertThat(value(client)).isEqualTo("kept");
    }
  }

  /** The position alone tells nothing: by the time that they look it is higher than ever. */
  @Test
  void olderDatabaseThatWasWrittenOnEndsEveryInstanceThatKnewMore() throws Exception {
    String endpoint = database.newDatabase();
    try (Server writer = Rowan.over(endpoint);
        Server reader = Rowan.over(endpoint);
        Client onWriter = writer.client();
        Client onReader = reader.client()) {
      put(onWriter, "kept");
      copyAside();
      awaitBack(onWriter);
      awaitBack(onReader);
      long lost = put(onWriter, "lost");
      try (Follower onLost = Follower.from(reader, lost)) {
        onLost.awaitRevision(lost);
        List<Server> known = List.of(writer, reader);
        known.forEach(server -> server.process().suspend());
        Future<PutResponse> written;
        Future<RangeResponse> read;
        try {
          database.kill();
          database.putBack();
          database.startAgain();
          writeOn(endpoint, lost);
          written = stub(onWriter).put(Requests.put("k", "late").build());
          read = stub(onReader).range(Requests.get("k").build());
        } finally {
          known.forEach(server -> server.process().resume());
        }

        assertThatThrownBy(written::get).hasMessageContaining("UNAVAILABLE");
        assertThatThrownBy(read::get).hasMessageContaining("UNAVAILABLE");
        known.forEach(server -> assertEnded(server, "went backwards and was written on"));
        onLost.awaitEnd();
        assertThat(onLost.seen()).hasSize(1);
      }
    }
    try (Server fresh = Rowan.over(endpoint);
        Client client = fresh.client()) {
      assertThat(value(client)).isEqualTo("other");
    }
  }

  private static void writeOn(String endpoint, long lost) {
    try (Server other = Rowan.over(endpoint);
        Client client = other.client()) {
      long revision = 0;
      for (int i = 0; i < WRITTEN_ON; i++) {
        revision = put(client, "other");
      }
      assertThat(revision).as("handed out twice, by one who cannot know").isGreaterThan(lost);
      client
          .kv()
          .compact(CompactionRequest.newBuilder().setRevision(revision).setPhysical(true).build());
    }
  }

  private void copyAside() {
    database.kill();
    database.backUp();
    database.startAgain();
  }

  private static void awaitBack(Client client) {
    await()
        .atMost(BACK_MAX)
        .ignoreException(StatusRuntimeException.class)
        .until(() -> value(client).equals("kept"));
  }

  private static long put(Client client, String value) {
    return client.kv().put(Requests.put("k", value).build()).getHeader().getRevision();
  }

  private static String value(Client client) {
    return client.kv().range(Requests.get("k").build()).getKvs(0).getValue().toStringUtf8();
  }

  private static KVGrpc.KVFutureStub stub(Client client) {
    return KVGrpc.newFutureStub(client.channel()).withDeadlineAfter(Client.CALL_MAX);
  }

  private static void assertEnded(Server server, String reason) {
    assertThat(server.process().awaitExit()).isEqualTo(1);
    assertThat(server.process().log()).contains("\"level\":\"fatal\"").contains(reason);
  }
}
