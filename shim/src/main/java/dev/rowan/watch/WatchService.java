package dev.rowan.watch;

import com.google.protobuf.ByteString;
import dev.rowan.auth.Authenticator;
import dev.rowan.auth.Credentials;
import dev.rowan.cluster.Identity;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.KeyRange;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest.FilterType;
import dev.rowan.proto.etcdserverpb.WatchGrpc;
import dev.rowan.proto.etcdserverpb.WatchRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.watch.Watcher.WatchOptions;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.util.List;

/**
 * The Watch service: turns the requests of each stream into tasks of the hub, one at a time.
 * Responses leave as the bytes that the hub has encoded.
 */
public final class WatchService {
  /** Bytes that may wait in a stream before its watchers fall behind; gRPC's default is 32 KiB. */
  private static final int STREAM_BYTES_MAX = 512 << 10;

  /** The id in answers that are of no watcher. */
  private static final long NO_ID = -1;

  private static final ByteString FIRST_KEY = ByteString.copyFrom(new byte[] {0});

  private final Identity identity;
  private final Authenticator authenticator;
  private final ReadGate gate;
  private final WatchHub hub;
  private final int fragmentBytes;

  /**
   * Makes the service.
   *
   * @param gate passed by what creates a watch where other instances may change permissions
   * @param fragmentBytes a response of this size or more may be cut up (W-16)
   */
  public WatchService(
      Identity identity,
      Authenticator authenticator,
      ReadGate gate,
      WatchHub hub,
      int fragmentBytes) {
    this.identity = identity;
    this.authenticator = authenticator;
    this.gate = gate;
    this.hub = hub;
    this.fragmentBytes = fragmentBytes;
  }

  /** The service as gRPC takes it. */
  public ServerServiceDefinition definition() {
    MethodDescriptor<WatchRequest, WatchResponse> generated = WatchGrpc.getWatchMethod();
    MethodDescriptor<WatchRequest, WatchFrame> method =
        generated.toBuilder(generated.getRequestMarshaller(), new WatchFrame.Marshaller()).build();
    return ServerServiceDefinition.builder(WatchGrpc.SERVICE_NAME)
        .addMethod(method, ServerCalls.asyncBidiStreamingCall(this::open))
        .build();
  }

  private StreamObserver<WatchRequest> open(StreamObserver<WatchFrame> responses) {
    ServerCallStreamObserver<WatchFrame> call = (ServerCallStreamObserver<WatchFrame>) responses;
    WatchStream stream = new WatchStream(call, fragmentBytes);
    call.disableAutoRequest();
    call.setOnReadyThreshold(STREAM_BYTES_MAX);
    call.setOnReadyHandler(() -> hub.execute(() -> hub.ready(stream)));
    call.setOnCancelHandler(() -> hub.execute(() -> hub.closed(stream)));
    hub.execute(() -> hub.opened(stream));
    return new Requests(stream, Credentials.current());
  }

  private final class Requests implements StreamObserver<WatchRequest> {
    private final WatchStream stream;
    private final Credentials credentials;

    Requests(WatchStream stream, Credentials credentials) {
      this.stream = stream;
      this.credentials = credentials;
    }

    /**
     * A watch is judged once and then goes on, so it is judged by the newest permissions. The next
     * request is taken after this one, so none overtakes it.
     */
    @Override
    public void onNext(WatchRequest request) {
      boolean judged = request.hasCreateRequest() && authenticator.state().enabled();
      if (!judged || !authenticator.shared()) {
        execute(() -> carryOut(stream, credentials, request));
        return;
      }
      gate.whenCurrent(
          new ReadGate.Read() {
            @Override
            public void run() {
              execute(() -> carryOut(stream, credentials, request));
            }

            @Override
            public void refuse(EtcdException refusal) {
              execute(
                  () -> WatchService.this.refuse(stream, hub.currentRevision(), refusal.error()));
            }
          });
    }

    private void execute(Runnable step) {
      hub.execute(() -> {
        try {
          step.run();
        } finally {
          stream.takeNext();
        }
      });
    }

    @Override
    public void onError(Throwable t) {
      // The cancel handler has been told.
    }

    /** The client will ask for nothing more; its watchers go on (W-1). */
    @Override
    public void onCompleted() {}
  }

  /** On the hub's thread, as all that follows. */
  private void carryOut(WatchStream stream, Credentials credentials, WatchRequest request) {
    switch (request.getRequestUnionCase()) {
      case CREATE_REQUEST -> create(stream, credentials, request.getCreateRequest());
      case CANCEL_REQUEST -> hub.cancel(stream, request.getCancelRequest().getWatchId());
      case PROGRESS_REQUEST -> hub.progress(stream);
      case REQUESTUNION_NOT_SET -> {}
    }
  }

  private void create(WatchStream stream, Credentials credentials, WatchCreateRequest request) {
    long current = hub.currentRevision();
    ByteString key = request.getKey().isEmpty() ? FIRST_KEY : request.getKey();
    KeyRange range = KeyRange.of(key, request.getRangeEnd());
    if (request.getStartRevision() < 0) {
      refuse(stream, current, EtcdError.COMPACTED.text());
      return;
    }
    try {
      authenticator.permitRead(credentials, key, request.getRangeEnd()).confirm();
    } catch (EtcdException refusal) {
      refuse(stream, current, refusal.error());
      return;
    }
    if (range.empty()) {
      refuse(stream, current, "mvcc: watcher range is empty");
      return;
    }
    long id = stream.idFor(request.getWatchId());
    if (stream.watcher(id) != null) {
      refuse(stream, current, "mvcc: duplicate watch ID provided on the WatchStream");
      return;
    }
    long start = request.getStartRevision() == 0 ? current + 1 : request.getStartRevision();
    stream.send(
        WatchResponse.newBuilder()
            .setHeader(identity.header(current))
            .setWatchId(id)
            .setCreated(true)
            .build());
    hub.add(new Watcher(stream, id, range, options(request), start));
  }

  private static WatchOptions options(WatchCreateRequest request) {
    List<FilterType> filters = request.getFiltersList();
    return new WatchOptions(
        !filters.contains(FilterType.NOPUT),
        !filters.contains(FilterType.NODELETE),
        request.getPrevKv(),
        request.getProgressNotify(),
        request.getFragment());
  }

  private void refuse(WatchStream stream, long currentRevision, EtcdError error) {
    refuse(stream, currentRevision, error.goText());
  }

  private void refuse(WatchStream stream, long currentRevision, String reason) {
    stream.send(
        WatchResponse.newBuilder()
            .setHeader(identity.header(currentRevision))
            .setWatchId(NO_ID)
            .setCreated(true)
            .setCanceled(true)
            .setCancelReason(reason)
            .build());
  }
}
