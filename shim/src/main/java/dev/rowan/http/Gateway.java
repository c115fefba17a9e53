package dev.rowan.http;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.rowan.proto.etcdserverpb.AuthGrpc;
import dev.rowan.proto.etcdserverpb.ClusterGrpc;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.MaintenanceGrpc;
import dev.rowan.proto.etcdserverpb.WatchGrpc;
import dev.rowan.proto.v3electionpb.ElectionGrpc;
import dev.rowan.proto.v3lockpb.LockGrpc;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.StatusException;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;

/**
 * The JSON gateway (H-5, H-6): makes an HTTP request a call over a channel, so that it goes through
 * the same checks as one over gRPC. Its paths are those that the wire's {@code google.api.http}
 * options name. Safe for any thread.
 */
public final class Gateway {
  /** Under which all its paths are. */
  static final String PREFIX = "/v3/";

  /** Of every answer that a service gave. */
  static final List<Answer.Header> HEADERS =
      List.of(
          new Answer.Header("Content-Type", "application/json"),
          new Answer.Header("Grpc-Metadata-Content-Type", "application/grpc"));

  /** How much longer a message may be as JSON: base64 takes a third more, small fields more. */
  private static final int JSON_FACTOR = 4;

  private static final List<ServiceDescriptor> SERVICES =
      List.of(
          KVGrpc.getServiceDescriptor(),
          WatchGrpc.getServiceDescriptor(),
          LeaseGrpc.getServiceDescriptor(),
          ClusterGrpc.getServiceDescriptor(),
          MaintenanceGrpc.getServiceDescriptor(),
          AuthGrpc.getServiceDescriptor(),
          LockGrpc.getServiceDescriptor(),
          ElectionGrpc.getServiceDescriptor());

  private static final Map<String, MethodDescriptor<Message, Message>> METHODS = methods();

  private final Channel channel;
  private final int messageBytesMax;
  private final Executor threads;
  private final Duration messageTimeMax;
  private final BodyBudget bodies = BodyBudget.ofHeap();

  /**
   * A gateway to the services of a channel.
   *
   * @param channel answers on any thread; a call that it makes may run within {@code start}
   * @param messageBytesMax size of a message that gRPC would take
   * @param threads reads and writes large JSON
   */
  public Gateway(Channel channel, int messageBytesMax, Executor threads) {
    this(channel, messageBytesMax, threads, HttpConnection.BODY_MAX);
  }

  /** The same, with another time for a message of a stream. */
  Gateway(Channel channel, int messageBytesMax, Executor threads, Duration messageTimeMax) {
    this.channel = channel;
    this.messageBytesMax = messageBytesMax;
    this.threads = threads;
    this.messageTimeMax = messageTimeMax;
  }

  // The marshallers of etcd's methods take messages.
  @SuppressWarnings("unchecked")
  private static Map<String, MethodDescriptor<Message, Message>> methods() {
    Map<String, MethodDescriptor<Message, Message>> methods = new HashMap<>();
    for (ServiceDescriptor service : SERVICES) {
      for (MethodDescriptor<?, ?> method : service.getMethods()) {
        var schema = (ProtoMethodDescriptorSupplier) method.getSchemaDescriptor();
        if (schema != null) {
          HttpRule rule =
              schema.getMethodDescriptor().getOptions().getExtension(AnnotationsProto.http);
          var call = (MethodDescriptor<Message, Message>) method;
          methods.put(rule.getPost(), call);
          rule.getAdditionalBindingsList().forEach(more -> methods.put(more.getPost(), call));
        }
      }
    }
    methods.remove("");
    return Map.copyOf(methods);
  }

  /** What the bodies of all its calls may take. */
  BodyBudget bodies() {
    return bodies;
  }

  static Set<String> paths() {
    return METHODS.keySet();
  }

  boolean serves(String path) {
    return METHODS.containsKey(path);
  }

  /** Whether the call of a path takes messages for as long as it lasts. */
  boolean takesStream(String path) {
    MethodDescriptor<Message, Message> method = METHODS.get(path);
    return method != null && !method.getType().clientSendsOneMessage();
  }

  /** Bytes of one message in JSON. */
  int bodyBytesMax() {
    return (int) Math.min(Integer.MAX_VALUE - 8L, (long) JSON_FACTOR * messageBytesMax);
  }

  /** Begins to answer a request under {@link #PREFIX}. */
  Exchange exchange(String httpMethod, String path, HttpHeaders headers, Responder responder) {
    MethodDescriptor<Message, Message> method = METHODS.get(path);
    if (method == null) {
      return PageExchange.of(error(Status.NOT_FOUND.withDescription("Not Found")), responder);
    }
    if (!httpMethod.equals("POST")) {
      return PageExchange.of(
          error(Status.UNIMPLEMENTED.withDescription("Method Not Allowed")), responder);
    }
    try {
      CallHeaders told = CallHeaders.of(headers);
      return new GatewayExchange(this, method, told, responder).start();
    } catch (StatusException e) {
      return PageExchange.of(error(e.getStatus()), responder);
    }
  }

  Channel channel() {
    return channel;
  }

  int messageBytesMax() {
    return messageBytesMax;
  }

  /** Until a message of a stream that has begun must be complete. */
  Duration messageTimeMax() {
    return messageTimeMax;
  }

  Executor threads() {
    return threads;
  }

  /** A failed call as the whole answer. */
  static Answer error(Status status) {
    Answer answer =
        Answer.of(httpStatus(status.getCode()), "application/json", Json.print(proto(status)));
    return status.getCode() == Status.Code.UNAUTHENTICATED
        ? answer.with("WWW-Authenticate", String.valueOf(status.getDescription()))
        : answer;
  }

  /** A failed call as the line of a streamed answer. */
  static String errorLine(Status status) {
    return "{\"error\":" + Json.print(proto(status)) + "}";
  }

  /** A failed call whose streamed answer has not begun. */
  static Answer streamError(Status status) {
    return Answer.of(httpStatus(status.getCode()), "application/json", errorLine(status) + "\n");
  }

  private static com.google.rpc.Status proto(Status status) {
    String text = status.getDescription();
    return com.google.rpc.Status.newBuilder()
        .setCode(status.getCode().value())
        .setMessage(text == null ? "" : text)
        .build();
  }

  private static HttpResponseStatus httpStatus(Status.Code code) {
    return switch (code) {
      case OK -> HttpResponseStatus.OK;
      case CANCELLED -> HttpResponseStatus.valueOf(499);
      case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> HttpResponseStatus.BAD_REQUEST;
      case UNAUTHENTICATED -> HttpResponseStatus.UNAUTHORIZED;
      case PERMISSION_DENIED -> HttpResponseStatus.FORBIDDEN;
      case NOT_FOUND -> HttpResponseStatus.NOT_FOUND;
      case ALREADY_EXISTS, ABORTED -> HttpResponseStatus.CONFLICT;
      case RESOURCE_EXHAUSTED -> HttpResponseStatus.TOO_MANY_REQUESTS;
      case UNKNOWN, INTERNAL, DATA_LOSS -> HttpResponseStatus.INTERNAL_SERVER_ERROR;
      case UNIMPLEMENTED -> HttpResponseStatus.NOT_IMPLEMENTED;
      case UNAVAILABLE -> HttpResponseStatus.SERVICE_UNAVAILABLE;
      case DEADLINE_EXCEEDED -> HttpResponseStatus.GATEWAY_TIMEOUT;
    };
  }

  /** A successful unary call's answer. */
  static Answer success(String json) {
    return new Answer(HttpResponseStatus.OK, HEADERS, ByteString.copyFromUtf8(json));
  }
}
