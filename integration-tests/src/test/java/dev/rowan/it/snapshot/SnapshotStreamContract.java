package dev.rowan.it.snapshot;

import static dev.rowan.it.conformance.Requests.op;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.it.Client;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.conformance.Requests;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.SnapshotRequest;
import dev.rowan.proto.etcdserverpb.SnapshotResponse;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How a snapshot is sent, and what it is of while others write. */
abstract class SnapshotStreamContract {
  private static final int BLOB_BYTES = 32 * 1024;

  /** Snapshots that a server sends at a time. */
  private static final int SNAPSHOTS_MAX = 2;

  abstract String newStore();

  /** Where the server writes while it sends. */
  abstract Path spoolFolder(String endpoint);

  @Test
  void messagesAreThoseOfEtcd() throws Exception {
    try (Server server = Rowan.over(newStore());
        Client client = server.client()) {
      fill(client, 3);
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      List<SnapshotResponse> messages = new ArrayList<>();
      Iterator<SnapshotResponse> stream =
          client.maintenance().snapshot(SnapshotRequest.getDefaultInstance());
      stream.forEachRemaining(messages::add);

      SnapshotResponse last = messages.removeLast();
      long left = messages.stream().mapToLong(message -> message.getBlob().size()).sum();
      assertThat(left % 512).isZero();
      for (SnapshotResponse message : messages) {
        left -= message.getBlob().size();
        sha256.update(message.getBlob().toByteArray());
        assertThat(message.hasHeader()).as("C-5").isFalse();
        assertThat(message.getBlob().size()).isBetween(1, BLOB_BYTES);
        assertThat(message.getRemainingBytes()).isEqualTo(left);
        assertThat(message.getVersion()).isEqualTo("3.7.0");
      }
      assertThat(last.getRemainingBytes()).isZero();
      assertThat(last.getVersion()).isEqualTo("3.7.0");
      assertThat(last.getBlob()).isEqualTo(ByteString.copyFrom(sha256.digest()));
    }
  }

  /** T-4: each is of one state, with the compact revision that belongs to it. */
  @Test
  void snapshotsOfABusyStoreAreOfOneState() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (Server server = Rowan.over(newStore(), "--compaction-sleep-interval=1ms");
        Client client = server.client();
        ExecutorService threads = Executors.newSingleThreadExecutor()) {
      fill(client, 30);
      writePair(client, -2);
      writePair(client, -1);
      Future<?> writer = threads.submit(() -> writePairs(client, stop));
      try {
        for (int i = 0; i < 4; i++) {
          Path snapshot = Tools.save(server);
          try (Server restored = Tools.rowanOver(snapshot, newStore());
              Client reader = restored.client()) {
            assertOneState(reader);
          }
        }
      } finally {
        stop.set(true);
        writer.get();
      }
    }
  }

  private static void writePairs(Client client, AtomicBoolean stop) {
    for (int i = 0; !stop.get(); i++) {
      long revision = writePair(client, i);
      if (i % 5 == 0) {
        client.kv().compact(CompactionRequest.newBuilder().setRevision(revision - 1).build());
      }
    }
  }

  private static long writePair(Client client, int i) {
    return client
        .kv()
        .txn(
            Requests.then(op(Requests.put("pair/a", "" + i)), op(Requests.put("pair/b", "" + i)))
                .build())
        .getHeader()
        .getRevision();
  }

  private static void assertOneState(Client client) {
    RangeResponse now = client.kv().range(Requests.range("pair/", "pair0").build());
    assertThat(now.getCount()).isEqualTo(2);
    assertThat(now.getKvs(0).getValue()).isEqualTo(now.getKvs(1).getValue());
    assertThat(now.getKvs(0).getModRevision()).isEqualTo(now.getHeader().getRevision());
    RangeResponse before =
        client
            .kv()
            .range(
                Requests.range("pair/", "pair0")
                    .setRevision(now.getHeader().getRevision() - 1)
                    .build());
    assertThat(before.getKvs(0).getValue()).isEqualTo(before.getKvs(1).getValue());
    assertThat(before.getKvs(0).getModRevision()).isEqualTo(now.getHeader().getRevision() - 1);
  }

  /** A client that reads nothing holds a place, no more; a third waits for neither. */
  @Test
  void placesAreLimitedAndComeBack() throws Exception {
    String store = newStore();
    try (Server server = Rowan.over(store);
        Client client = server.client()) {
      fill(client, 20);
      List<ClientCall<SnapshotRequest, SnapshotResponse>> stalled = new ArrayList<>();
      for (int i = 0; i < SNAPSHOTS_MAX; i++) {
        stalled.add(stall(client));
      }

      assertThatThrownBy(() -> readAll(client))
          .hasMessage("UNKNOWN: etcdserver: too many requests");

      assertThat(spooled(store)).isEmpty();
      stalled.forEach(call -> call.cancel("enough", null));
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(readAll(client)).isGreaterThan(20 << 20));
    }
  }

  private static long readAll(Client client) {
    long bytes = 0;
    Iterator<SnapshotResponse> stream =
        client.maintenance().snapshot(SnapshotRequest.getDefaultInstance());
    while (stream.hasNext()) {
      bytes += stream.next().getBlob().size();
    }
    return bytes;
  }

  /** A call that takes its first message and then none. */
  private static ClientCall<SnapshotRequest, SnapshotResponse> stall(Client client)
      throws InterruptedException, ExecutionException {
    ClientCall<SnapshotRequest, SnapshotResponse> call =
        client.channel().newCall(MaintenanceGrpc.getSnapshotMethod(), io.grpc.CallOptions.DEFAULT);
    CompletableFuture<SnapshotResponse> first = new CompletableFuture<>();
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onMessage(SnapshotResponse message) {
            first.complete(message);
          }

          @Override
          public void onClose(Status status, Metadata trailers) {
            first.completeExceptionally(status.asException());
          }
        },
        new Metadata());
    call.sendMessage(SnapshotRequest.getDefaultInstance());
    call.halfClose();
    call.request(1);
    first.get();
    return call;
  }

  private List<Path> spooled(String store) throws IOException {
    try (Stream<Path> files = Files.list(spoolFolder(store))) {
      return files.filter(file -> file.toString().contains("rowan-snapshot")).toList();
    }
  }

  private static void fill(Client client, int mebibytes) {
    for (int i = 0; i < mebibytes; i++) {
      ByteString value = ByteString.copyFrom(new byte[1 << 20]);
      client.kv().put(Requests.put("fill/" + i, "").setValue(value).build());
    }
  }
}
