package dev.rowan;

import com.google.protobuf.ByteString;
import dev.rowan.Options.Request;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RequestOp;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchGrpc;
import dev.rowan.proto.etcdserverpb.WatchRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A short run of a whole server on a temporary store, under a real client's load, from which the
 * JVM learns what to keep in its cache for later starts. The launcher runs it once a build.
 */
final class Warmup {
  private static final int ROUNDS = 2_000;
  private static final int VALUE_BYTES = 256;
  private static final long DEADLINE_SECONDS = 20;

  private Warmup() {}

  public static void main(String[] args) throws Exception {
    Path directory = Files.createTempDirectory("rowan-warmup");
    try {
      run(directory);
    } finally {
      delete(directory);
    }
    System.exit(0);
  }

  /**
   * The paths of the command line that end at once, errors too: a class that was seen but not
   * linked is left out of the cache, and with it every class whose code mentions it.
   */
  private static void commandLine() throws InterruptedException {
    var nowhere = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    for (String argument : List.of("--version", "--help", "--unknown", "--name", "argument")) {
      var _ = Main.run(List.of(argument), Map.of(), nowhere, nowhere);
    }
  }

  private static void run(Path directory) throws Exception {
    commandLine();
    List<String> options =
        List.of(
            "--data-dir=" + directory.resolve("data"),
            "--listen-client-urls=http://127.0.0.1:0",
            "--unsafe-no-fsync");
    if (!(Options.parse(options, Map.of(), false) instanceof Request.Serve serve)) {
      throw new IllegalStateException("these options serve");
    }
    Logging.configure(serve.config().log());
    try (Server server = Server.start(serve.config())) {
      String target = server.clientUrls().getFirst().getAuthority();
      ManagedChannel channel =
          Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build();
      try {
        load(channel);
      } finally {
        channel.shutdownNow().awaitTermination(DEADLINE_SECONDS, TimeUnit.SECONDS);
      }
    }
  }

  private static void load(ManagedChannel channel) throws InterruptedException {
    var kv = KVGrpc.newBlockingStub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
    var watched = new Watched();
    StreamObserver<WatchRequest> watch = WatchGrpc.newStub(channel).watch(watched);
    ByteString prefix = ByteString.copyFromUtf8("/warmup/");
    ByteString end = ByteString.copyFromUtf8("/warmup0");
    watch.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(WatchCreateRequest.newBuilder().setKey(prefix).setRangeEnd(end))
            .build());
    var value = ByteString.copyFrom(new byte[VALUE_BYTES]);
    for (int i = 0; i < ROUNDS; i++) {
      ByteString key = prefix.concat(ByteString.copyFromUtf8(String.valueOf(i % 500)));
      PutRequest put = PutRequest.newBuilder().setKey(key).setValue(value).build();
      var _ = kv.put(put);
      var page = kv.range(RangeRequest.newBuilder().setKey(key).build());
      long seen = page.getKvsCount() == 0 ? 0 : page.getKvs(0).getModRevision();
      var updated = kv.txn(update(put, seen));
      if (!updated.getSucceeded()) {
        throw new IllegalStateException("an update without a rival did not succeed");
      }
    }
    var all = kv.range(RangeRequest.newBuilder().setKey(prefix).setRangeEnd(end).build());
    if (all.getKvsCount() == 0 || !watched.events.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the server lost keys or events");
    }
    watch.onCompleted();
  }

  private static TxnRequest update(PutRequest put, long seen) {
    return TxnRequest.newBuilder()
        .addCompare(
            Compare.newBuilder()
                .setTarget(Compare.CompareTarget.MOD)
                .setResult(Compare.CompareResult.EQUAL)
                .setKey(put.getKey())
                .setModRevision(seen))
        .addSuccess(RequestOp.newBuilder().setRequestPut(put))
        .build();
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> paths = Files.walk(directory)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** Waits for the first event; an end of the stream shows as its absence. */
  private static final class Watched implements StreamObserver<WatchResponse> {
    private final CountDownLatch events = new CountDownLatch(1);

    @Override
    public void onNext(WatchResponse response) {
      if (response.getEventsCount() > 0) {
        events.countDown();
      }
    }

    @Override
    public void onError(Throwable error) {
      // The load fails for want of events.
    }

    @Override
    public void onCompleted() {
      // As expected, after the load.
    }
  }
}
