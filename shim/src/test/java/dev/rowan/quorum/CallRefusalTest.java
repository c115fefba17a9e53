package dev.rowan.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.rowan.error.EtcdError;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.SnapshotRequest;
import dev.rowan.proto.etcdserverpb.SnapshotResponse;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import dev.rowan.proto.etcdserverpb.WatchGrpc;
import dev.rowan.proto.etcdserverpb.WatchRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import io.grpc.BindableService;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerInterceptors;
import io.grpc.StatusRuntimeException;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** C-7 and C-8, over gRPC. */
class CallRefusalTest {
  private volatile boolean learner;
  private volatile boolean leaderKnown = true;
  private final LeaderRequirement requirement = new LeaderRequirement(() -> leaderKnown);
  private final AtomicInteger carriedOut = new AtomicInteger();
  private final AtomicInteger cancelled = new AtomicInteger();
  private final AtomicReference<ServerCallStreamObserver<WatchResponse>> watch =
      new AtomicReference<>();
  private Server server;
  private ManagedChannel channel;

  @BeforeEach
  void open() throws Exception {
    String name = InProcessServerBuilder.generateName();
    var builder = InProcessServerBuilder.forName(name).directExecutor();
    for (BindableService service : List.of(new Keys(), new Watches(), new Upkeep())) {
      builder.addService(
          ServerInterceptors.interceptForward(
              service, new LearnerRefusal(() -> learner), requirement));
    }
    server = builder.build().start();
    channel = InProcessChannelBuilder.forName(name).directExecutor().build();
  }

  @AfterEach
  void close() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  private final class Keys extends KVGrpc.KVImplBase {
    @Override
    public void range(RangeRequest request, StreamObserver<RangeResponse> reply) {
      carriedOut.incrementAndGet();
      reply.onNext(RangeResponse.getDefaultInstance());
      reply.onCompleted();
    }

    @Override
    public void put(PutRequest request, StreamObserver<PutResponse> reply) {
      carriedOut.incrementAndGet();
      reply.onNext(PutResponse.getDefaultInstance());
      reply.onCompleted();
    }
  }

  private static final class Upkeep extends MaintenanceGrpc.MaintenanceImplBase {
    @Override
    public void status(StatusRequest request, StreamObserver<StatusResponse> reply) {
      reply.onNext(StatusResponse.getDefaultInstance());
      reply.onCompleted();
    }

    @Override
    public void snapshot(SnapshotRequest request, StreamObserver<SnapshotResponse> reply) {
      reply.onNext(SnapshotResponse.getDefaultInstance());
      reply.onCompleted();
    }
  }

  /** A stream that goes on for ever, but for its end from outside. */
  private final class Watches extends WatchGrpc.WatchImplBase {
    @Override
    public StreamObserver<WatchRequest> watch(StreamObserver<WatchResponse> reply) {
      var call = (ServerCallStreamObserver<WatchResponse>) reply;
      call.setOnCancelHandler(cancelled::incrementAndGet);
      watch.set(call);
      reply.onNext(WatchResponse.getDefaultInstance());
      return new Answers<>();
    }
  }

  /** What came of a stream. */
  private static final class Answers<T> implements StreamObserver<T> {
    private final AtomicInteger received = new AtomicInteger();
    private final AtomicReference<Throwable> end = new AtomicReference<>();

    @Override
    public void onNext(T value) {
      received.incrementAndGet();
    }

    @Override
    public void onError(Throwable thrown) {
      end.set(thrown);
    }

    @Override
    public void onCompleted() {
      end.set(new IllegalStateException("the stream was completed"));
    }
  }

  private Channel with(String hasLeader) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), hasLeader);
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static void refused(EtcdError error, ThrowingCallable call) {
    assertThatThrownBy(call).satisfies(thrown -> is(error, thrown));
  }

  private static void is(EtcdError error, @Nullable Throwable thrown) {
    var status = ((StatusRuntimeException) Objects.requireNonNull(thrown)).getStatus();
    assertThat(status.getCode()).isEqualTo(error.status().getCode());
    assertThat(status.getDescription()).isEqualTo(error.text());
  }

  private ServerCallStreamObserver<WatchResponse> newest() {
    return Objects.requireNonNull(watch.get());
  }

  @Test
  void callsThatRequireALeaderAreRefusedWithoutOne() {
    leaderKnown = false;

    refused(
        EtcdError.NO_LEADER,
        () -> KVGrpc.newBlockingStub(with("true")).put(PutRequest.getDefaultInstance()));
    refused(
        EtcdError.NO_LEADER,
        () ->
            MaintenanceGrpc.newBlockingStub(with("true"))
                .snapshot(SnapshotRequest.getDefaultInstance())
                .next());
    assertThat(carriedOut).hasValue(0);
    for (Channel indifferent : List.of(channel, with("false"), with("TRUE"))) {
      KVGrpc.newBlockingStub(indifferent).put(PutRequest.getDefaultInstance());
    }
    assertThat(carriedOut).hasValue(3);

    leaderKnown = true;
    KVGrpc.newBlockingStub(with("true")).put(PutRequest.getDefaultInstance());
    assertThat(carriedOut).hasValue(4);
  }

  @Test
  void streamsThatRequireALeaderEndAfterThreeLooksWithoutOne() {
    Answers<WatchResponse> requiring = new Answers<>();
    WatchGrpc.newStub(with("true")).watch(requiring);
    Answers<WatchResponse> indifferent = new Answers<>();
    ServerCallStreamObserver<WatchResponse> ended = newest();
    WatchGrpc.newStub(channel).watch(indifferent);
    leaderKnown = false;
    requirement.look();
    requirement.look();
    leaderKnown = true;
    requirement.look();
    leaderKnown = false;
    requirement.look();
    requirement.look();
    assertThat(requiring.end).hasValue(null);

    requirement.look();

    await().until(() -> requiring.end.get() != null);
    is(EtcdError.NO_LEADER, requiring.end.get());
    await().untilAsserted(() -> assertThat(cancelled).hasValue(1));
    assertThat(ended.isCancelled()).isTrue();
    ended.onNext(WatchResponse.getDefaultInstance());
    ended.onError(EtcdError.STOPPED.exception());
    newest().onNext(WatchResponse.getDefaultInstance());
    await().until(() -> indifferent.received.get() == 2);
    assertThat(indifferent.end).hasValue(null);
    assertThat(requiring.received).hasValue(1);
  }

  @Test
  void aStreamThatHasEndedByItselfIsLeftAlone() {
    Answers<WatchResponse> answers = new Answers<>();
    WatchGrpc.newStub(with("true")).watch(answers);
    newest().onError(EtcdError.STOPPED.exception());
    leaderKnown = false;

    for (int i = 0; i < 3; i++) {
      requirement.look();
    }

    is(EtcdError.STOPPED, answers.end.get());
  }

  @Test
  void aLearnerServesSerializableRangesItsStatusAndSnapshots() {
    learner = true;
    var keys = KVGrpc.newBlockingStub(channel);
    var upkeep = MaintenanceGrpc.newBlockingStub(channel);

    keys.range(RangeRequest.newBuilder().setSerializable(true).build());
    upkeep.status(StatusRequest.getDefaultInstance());
    assertThat(upkeep.snapshot(SnapshotRequest.getDefaultInstance()).hasNext()).isTrue();
    assertThat(carriedOut).hasValue(1);
    refused(EtcdError.NOT_FOR_LEARNERS, () -> keys.range(RangeRequest.getDefaultInstance()));
    refused(EtcdError.NOT_FOR_LEARNERS, () -> keys.put(PutRequest.getDefaultInstance()));
    refused(
        EtcdError.NOT_FOR_LEARNERS,
        () -> keys.rangeStream(RangeRequest.newBuilder().setSerializable(true).build()).next());
    Answers<WatchResponse> answers = new Answers<>();
    WatchGrpc.newStub(channel).watch(answers);
    await().until(() -> answers.end.get() != null);
    is(EtcdError.NOT_FOR_LEARNERS, answers.end.get());
    assertThat(carriedOut).hasValue(1);

    learner = false;
    keys.put(PutRequest.getDefaultInstance());
    assertThat(carriedOut).hasValue(2);
  }
}
