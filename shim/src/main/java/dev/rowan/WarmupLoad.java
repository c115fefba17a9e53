package dev.rowan;

import com.google.protobuf.ByteString;
import dev.rowan.proto.etcdserverpb.Compare;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The load of {@link Warmup}: many clients that do what kube-apiserver does, one request at a time
 * each, and one that watches it all.
 */
final class WarmupLoad {
  private static final int GETS = 4;
  private static final int PAGE = 100;
  private static final int LIST_ROUNDS = 10;
  private static final int VALUE_BYTES = 512;
  private static final long DEADLINE_SECONDS = 60;
  private static final ByteString PREFIX = ByteString.copyFromUtf8("/warmup/");
  private static final ByteString PREFIX_END = ByteString.copyFromUtf8("/warmup0");

  private final KVGrpc.KVBlockingStub kv;
  private final ByteString value = ByteString.copyFrom(new byte[VALUE_BYTES]);

  private WarmupLoad(ManagedChannel channel) {
    kv = KVGrpc.newBlockingStub(channel).withDeadlineAfter(DEADLINE_SECONDS, TimeUnit.SECONDS);
  }

  /**
   * Takes the number of clients, that of objects which each makes, reads, changes and deletes, and
   * hosts and ports of servers over one store. Ends with an exception if anything is not as
   * expected.
   */
  public static void main(String[] args) throws Exception {
    List<ManagedChannel> channels = new ArrayList<>();
    int count = Integer.parseInt(args[0]);
    int objects = Integer.parseInt(args[1]);
    for (String target : List.of(args).subList(2, args.length)) {
      channels.add(Grpc.newChannelBuilder(target, InsecureChannelCredentials.create()).build());
    }
    var events = new CountDownLatch(count * objects * 3);
    StreamObserver<WatchRequest> watch =
        WatchGrpc.newStub(channels.getFirst()).watch(new Watched(events));
    watch.onNext(
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder()
                    .setKey(PREFIX)
                    .setRangeEnd(PREFIX_END)
                    .setStartRevision(1)
                    .setPrevKv(true))
            .build());
    List<WarmupLoad> loads = channels.stream().map(WarmupLoad::new).toList();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> running = new ArrayList<>();
      for (int client = 0; client < count; client++) {
        String name = client + "/";
        WarmupLoad load = loads.get(client % loads.size());
        running.add(clients.submit(() -> load.client(name, objects)));
      }
      for (Future<?> client : running) {
        client.get();
      }
    }
    if (!events.await(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("the server lost events");
    }
    watch.onCompleted();
    for (ManagedChannel channel : channels) {
      var _ = channel.shutdownNow().awaitTermination(DEADLINE_SECONDS, TimeUnit.SECONDS);
    }
  }

  private void client(String name, int objects) {
    for (int round = 0; round < objects; round++) {
      ByteString key = PREFIX.concat(ByteString.copyFromUtf8(name + round));
      RequestOp put =
          RequestOp.newBuilder()
              .setRequestPut(PutRequest.newBuilder().setKey(key).setValue(value))
              .build();
      long created = change(key, 0, put);
      for (int get = 0; get < GETS; get++) {
        check(kv.range(RangeRequest.newBuilder().setKey(key).build()).getKvsCount() == 1);
      }
      long updated = change(key, created, put);
      if (round % LIST_ROUNDS == 0) {
        check(kv.range(page()).getKvsCount() > 0);
      }
      RequestOp delete =
          RequestOp.newBuilder()
              .setRequestDeleteRange(DeleteRangeRequest.newBuilder().setKey(key))
              .build();
      change(key, updated, delete);
    }
  }

  private static RangeRequest page() {
    return RangeRequest.newBuilder().setKey(PREFIX).setRangeEnd(PREFIX_END).setLimit(PAGE).build();
  }

  private long change(ByteString key, long seenRevision, RequestOp change) {
    TxnRequest txn =
        TxnRequest.newBuilder()
            .addCompare(
                Compare.newBuilder()
                    .setTarget(Compare.CompareTarget.MOD)
                    .setResult(Compare.CompareResult.EQUAL)
                    .setKey(key)
                    .setModRevision(seenRevision))
            .addSuccess(change)
            .addFailure(
                RequestOp.newBuilder().setRequestRange(RangeRequest.newBuilder().setKey(key)))
            .build();
    var response = kv.txn(txn);
    check(response.getSucceeded());
    return response.getHeader().getRevision();
  }

  private static void check(boolean asExpected) {
    if (!asExpected) {
      throw new IllegalStateException("the server's answer is wrong");
    }
  }

  /** Counts events; an end of the stream shows as their absence. */
  private record Watched(CountDownLatch events) implements StreamObserver<WatchResponse> {
    @Override
    public void onNext(WatchResponse response) {
      for (int i = 0; i < response.getEventsCount(); i++) {
        events.countDown();
      }
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }
}
