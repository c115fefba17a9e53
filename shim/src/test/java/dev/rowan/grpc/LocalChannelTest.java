package dev.rowan.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.StartException;
import dev.rowan.auth.ForwardedCredentials;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.LeaseLeasesRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.WatchGrpc;
import dev.rowan.proto.etcdserverpb.WatchRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.KeyValue;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServerStreamTracer;
import io.grpc.Status;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalChannelTest {
  private static final int MESSAGE_BYTES_MAX = 2_097_152;
  private static final Metadata.Key<String> TOKEN = key("token");

  private final List<LocalChannel> opened = new ArrayList<>();
  private final List<Metadata> seen = new ArrayList<>();
  private final CompletableFuture<Boolean> watchCancelled = new CompletableFuture<>();
  private final Kv kv = new Kv();

  @AfterEach
  void close() {
    opened.reversed().forEach(LocalChannel::close);
  }

  @Test
  void aCallIsAnsweredOnTheCallersThread() throws Exception {
    RangeResponse answer = KVGrpc.newBlockingStub(inner()).range(RangeRequest.getDefaultInstance());

    assertThat(answer.getKvs(0).getKey().toStringUtf8())
        .isEqualTo(Thread.currentThread().getName());
  }

  @Test
  void interceptorsOfTheServicesRun() throws Exception {
    var token = new Metadata();
    token.put(TOKEN, "own");

    KVGrpc.newBlockingStub(inner())
        .withInterceptors(MetadataUtils.newAttachHeadersInterceptor(token))
        .range(RangeRequest.getDefaultInstance());

    assertThat(seen).singleElement().extracting(headers -> headers.get(TOKEN)).isEqualTo("own");
  }

  /** C-9. */
  @Test
  void aMessageIsBoundedAsOnThePort() throws Exception {
    var stub = KVGrpc.newBlockingStub(inner());
    PutRequest largest = put(MESSAGE_BYTES_MAX);

    assertThat(stub.put(largest)).isEqualTo(PutResponse.getDefaultInstance());
    assertThatThrownBy(() -> stub.put(put(MESSAGE_BYTES_MAX + 1)))
        .hasMessage(
            "RESOURCE_EXHAUSTED: grpc: received message larger than max (2097153 vs. 2097152)");
    assertThat(kv.puts).isEqualTo(1);
  }

  @Test
  void aStreamThatSendsTooMuchIsOverForItsService() throws Exception {
    var ended = new CompletableFuture<Status>();
    StreamObserver<WatchRequest> requests =
        WatchGrpc.newStub(inner()).watch(new Ending<WatchResponse>(ended));
    var large = WatchRequest.newBuilder();
    large.getCreateRequestBuilder().setKey(ByteString.copyFrom(new byte[MESSAGE_BYTES_MAX]));

    requests.onNext(large.build());

    assertThat(ended.get(20, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(watchCancelled).isCompletedWithValue(true);
  }

  @Test
  void whatThereIsNotIsRefusedAsOnThePort() throws Exception {
    var channel = inner();

    assertThatThrownBy(() ->
            LeaseGrpc.newBlockingStub(channel).leaseLeases(LeaseLeasesRequest.getDefaultInstance()))
        .hasMessage("UNIMPLEMENTED: unknown service etcdserverpb.Lease");
  }

  @Test
  void callsAreFollowedIfTracersAreGiven() throws Exception {
    List<String> methods = new ArrayList<>();
    CallTracers tracers =
        services ->
            List.of(
                new ServerStreamTracer.Factory() {
                  @Override
                  public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
                    methods.add(method);
                    return new ServerStreamTracer() {};
                  }
                });

    var _ =
        KVGrpc.newBlockingStub(open(services(), tracers)).range(RangeRequest.getDefaultInstance());

    assertThat(methods).containsExactly("etcdserverpb.KV/Range");
  }

  @Test
  void closingCutsTheCallsThatRun() throws Exception {
    var ended = new CompletableFuture<Status>();
    var _ = WatchGrpc.newStub(inner()).watch(new Ending<WatchResponse>(ended));

    opened.getFirst().close();

    assertThat(ended.get(20, TimeUnit.SECONDS).getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(watchCancelled.get(20, TimeUnit.SECONDS)).isTrue();
  }

  private Channel inner() throws StartException {
    return open(services());
  }

  private Channel open(List<ServerServiceDefinition> services) throws StartException {
    return open(services, CallTracers.none());
  }

  private Channel open(List<ServerServiceDefinition> services, CallTracers tracers)
      throws StartException {
    var local = LocalChannel.open(services, MESSAGE_BYTES_MAX, tracers, new ForwardedCredentials());
    opened.add(local);
    return local.channel();
  }

  private List<ServerServiceDefinition> services() {
    return List.of(ServerInterceptors.intercept(kv, new Listening()), new Watches().bindService());
  }

  private static Metadata.Key<String> key(String name) {
    return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
  }

  /** A request of so many bytes, four of which are the value's tag and length. */
  private static PutRequest put(int bytes) {
    PutRequest request = PutRequest.newBuilder().setValue(value(bytes - 4)).build();
    assertThat(request.getSerializedSize()).isEqualTo(bytes);
    return request;
  }

  private static ByteString value(int bytes) {
    return ByteString.copyFrom(new byte[bytes]);
  }

  /** Answers with the name of the thread that it is called on. */
  private static final class Kv extends KVGrpc.KVImplBase {
    private int puts;

    @Override
    public void range(RangeRequest request, StreamObserver<RangeResponse> reply) {
      ByteString thread = ByteString.copyFromUtf8(Thread.currentThread().getName());
      reply.onNext(RangeResponse.newBuilder().addKvs(KeyValue.newBuilder().setKey(thread)).build());
      reply.onCompleted();
    }

    @Override
    public void put(PutRequest request, StreamObserver<PutResponse> reply) {
      puts++;
      reply.onNext(PutResponse.getDefaultInstance());
      reply.onCompleted();
    }
  }

  private final class Watches extends WatchGrpc.WatchImplBase {
    @Override
    public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> reply) {
      ((ServerCallStreamObserver<WatchResponse>) reply)
          .setOnCancelHandler(() -> watchCancelled.complete(true));
      return new Ending<>(new CompletableFuture<>());
    }
  }

  /** Writes down the metadata of each call. */
  private final class Listening implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      seen.add(headers);
      return next.startCall(call, headers);
    }
  }

  /** Waits for a call's end. */
  private record Ending<T>(CompletableFuture<Status> ended) implements StreamObserver<T> {
    @Override
    public void onNext(T message) {}

    @Override
    public void onError(Throwable t) {
      ended.complete(Status.fromThrowable(t));
    }

    @Override
    public void onCompleted() {
      ended.complete(Status.OK);
    }
  }
}
