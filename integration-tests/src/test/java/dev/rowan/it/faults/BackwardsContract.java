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
import org.junit.jupiter.api.Test;

/**
 * A database is put back to an older copy of itself under instances that live: whoever knew more
 * ends, before a client is told of a revision that already was something else.
 */
abstract class BackwardsContract {
  private static final Duration BACK_MAX = Duration.ofSeconds(30);

  /** More than were lost. */
  private static final int WRITTEN_ON = 20;

  /** Starts a server that is durable. */
  abstract DatabaseServer startDatabase();

  /**
   * First somebody who knows nothing writes on before the others look, so that the numbers are
   * higher than ever and tell nothing; then it is him under whom the database goes back.
   */
  @Test
  void whoeverKnewMoreEnds() throws Exception {
    try (DatabaseServer database = startDatabase()) {
      String endpoint = database.newDatabase();
      try (Server writer = Rowan.over(endpoint);
          Server reader = Rowan.over(endpoint);
          Client onWriter = writer.client();
          Client onReader = reader.client()) {
        put(onWriter, "kept");
        database.kill();
        database.backUp();
        database.startAgain();
        awaitBack(onWriter);
        awaitBack(onReader);
        long lost = put(onWriter, "lost");
        try (Follower follower = Follower.from(reader, lost)) {
          follower.awaitRevision(lost);
          List<Server> known = List.of(writer, reader);
          known.forEach(server -> server.process().suspend());
          goBack(database);
          try (Server other = Rowan.over(endpoint)) {
            writeOn(other, lost);
            Future<PutResponse> written = stub(onWriter).put(Requests.put("k", "late").build());
            Future<RangeResponse> read = stub(onReader).range(Requests.get("k").build());
            known.forEach(server -> server.process().resume());

            assertThatThrownBy(written::get).hasMessageContaining("UNAVAILABLE");
            assertThatThrownBy(read::get).hasMessageContaining("UNAVAILABLE");
            known.forEach(server -> assertEnded(server, "went backwards and was written on"));
            follower.awaitEnd();
            assertThat(follower.seen()).hasSize(1);

            goBack(database);
            assertEnded(other, "the database went backwards: it was at revision");
          }
        }
      }
      try (Server fresh = Rowan.over(endpoint);
          Client client = fresh.client()) {
        assertThat(value(client)).isEqualTo("kept");
      }
    }
  }

  private static void goBack(DatabaseServer database) {
    database.kill();
    database.putBack();
    database.startAgain();
  }

  private static void writeOn(Server other, long lost) {
    try (Client client = other.client()) {
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
