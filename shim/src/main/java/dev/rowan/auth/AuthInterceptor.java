package dev.rowan.auth;

import dev.rowan.error.EtcdException;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.proto.etcdserverpb.AlarmRequest;
import dev.rowan.proto.etcdserverpb.AlarmRequest.AlarmAction;
import io.grpc.Contexts;
import io.grpc.ForwardingServerCallListener.SimpleForwardingServerCallListener;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerMethodDefinition;
import io.grpc.ServerServiceDefinition;
import java.util.Iterator;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Puts a call's {@link Credentials} into its context, and refuses it where its {@link CallRule}
 * does. Everything that serves etcd's services, over a network or in the process, must have it in
 * front. Safe for any thread; costs most calls a look at a field while auth is off, and the others
 * one through their metadata.
 *
 * <p>What others wrote to a shared log may be known here half a second late. A call that nobody
 * looks at again is judged by the newest state, and none is refused by an older one.
 */
public final class AuthInterceptor {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);

  /** Where the JSON gateway's clients have it. */
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static final String BEARER = "Bearer ";

  /** Calls of a gateway have it: its certificate does not speak for its clients. */
  private static final Metadata.Key<String> GATEWAY =
      Metadata.Key.of("grpcgateway-accept", Metadata.ASCII_STRING_MARSHALLER);

  private final Authenticator authenticator;
  private final KeyIndex index;
  private final ReadGate gate;
  private final boolean certificatesNameUsers;

  /**
   * Makes the interceptor.
   *
   * @param gate through which an instance learns of tokens that another has just issued
   * @param certificatesNameUsers {@code --client-cert-auth}
   */
  public AuthInterceptor(
      Authenticator authenticator, KeyIndex index, ReadGate gate, boolean certificatesNameUsers) {
    this.authenticator = authenticator;
    this.index = index;
    this.gate = gate;
    this.certificatesNameUsers = certificatesNameUsers;
  }

  /** A service with this in front of each of its calls. */
  public ServerServiceDefinition guard(ServerServiceDefinition service) {
    var guarded = ServerServiceDefinition.builder(service.getServiceDescriptor());
    service.getMethods().forEach(method -> guarded.addMethod(guard(method)));
    return guarded.build();
  }

  private <Q, R> ServerMethodDefinition<Q, R> guard(ServerMethodDefinition<Q, R> method) {
    CallRule rule = CallRule.of(method.getMethodDescriptor().getFullMethodName());
    ServerCallHandler<Q, R> next = method.getServerCallHandler();
    boolean brief = brief(method.getMethodDescriptor());
    return method.withServerCallHandler((call, headers) -> {
      if (brief && authenticator.off()) {
        return next.startCall(call, headers);
      }
      Credentials credentials = credentials(call, headers);
      return new Arrival<>(rule, credentials, call, headers, next).begin();
    });
  }

  /** Whether a call ends soon: one that goes on may need its credentials once auth is on. */
  private static boolean brief(MethodDescriptor<?, ?> method) {
    return method.getType() == MethodType.UNARY
        && String.valueOf(method.getServiceName()).startsWith("etcdserverpb.");
  }

  /** A call that comes in. */
  private final class Arrival<Q, R> {
    private final CallRule rule;
    private final Credentials credentials;
    private final ServerCall<Q, R> call;
    private final Metadata headers;
    private final ServerCallHandler<Q, R> next;

    Arrival(
        CallRule rule,
        Credentials credentials,
        ServerCall<Q, R> call,
        Metadata headers,
        ServerCallHandler<Q, R> next) {
      this.rule = rule;
      this.credentials = credentials;
      this.call = call;
      this.headers = headers;
      this.next = next;
    }

    ServerCall.Listener<Q> begin() {
      boolean late =
          (rule.judgedHereAlone() && authenticator.shared())
              || authenticator.positionToKnow(credentials) > index.view().position();
      return late ? judgeWhenCurrent() : judge(!authenticator.shared());
    }

    private ServerCall.Listener<Q> judgeWhenCurrent() {
      return AwaitedCall.start(gate, call, () -> judge(true));
    }

    private ServerCall.Listener<Q> judge(boolean current) {
      if (rule == CallRule.USER || rule == CallRule.ROOT || rule == CallRule.ROOT_BY_THE_NEWEST) {
        try {
          check(rule, credentials);
        } catch (EtcdException refusal) {
          if (!current) {
            return judgeWhenCurrent();
          }
          call.close(refusal.error().status(), new Metadata());
          return new Refused<>();
        }
      }
      ServerCall.Listener<Q> listener =
          credentials == Credentials.NONE
              ? next.startCall(call, headers)
              : Contexts.interceptCall(credentials.inContext(), call, headers, next);
      return rule == CallRule.ALARM ? new AlarmCall<>(listener, call, credentials) : listener;
    }
  }

  private void check(CallRule rule, Credentials credentials) {
    AuthState state = authenticator.state();
    if (!state.enabled()) {
      return;
    }
    Caller caller = authenticator.caller(credentials);
    if (rule == CallRule.USER) {
      state.requireUser(caller);
    } else {
      state.requireRoot(caller);
    }
  }

  /** Of a call that is closed, nothing is of interest. */
  private static final class Refused<Q> extends ServerCall.Listener<Q> {}

  /** What it takes depends on the request. */
  private final class AlarmCall<Q> extends SimpleForwardingServerCallListener<Q> {
    private final ServerCall<Q, ?> call;
    private final Credentials credentials;
    private boolean refused;

    AlarmCall(ServerCall.Listener<Q> listener, ServerCall<Q, ?> call, Credentials credentials) {
      super(listener);
      this.call = call;
      this.credentials = credentials;
    }

    @Override
    public void onMessage(Q message) {
      boolean lists = message instanceof AlarmRequest alarm && alarm.getAction() == AlarmAction.GET;
      try {
        check(lists ? CallRule.USER : CallRule.ROOT, credentials);
      } catch (EtcdException refusal) {
        refused = true;
        call.close(refusal.error().status(), new Metadata());
        return;
      }
      super.onMessage(message);
    }

    @Override
    public void onHalfClose() {
      if (!refused) {
        super.onHalfClose();
      }
    }
  }

  private Credentials credentials(ServerCall<?, ?> call, Metadata headers) {
    String token = first(headers, TOKEN);
    if (token == null) {
      token = first(headers, AUTHORIZATION);
    }
    if (token != null) {
      return Credentials.ofToken(
          token.startsWith(BEARER) ? token.substring(BEARER.length()) : token);
    }
    SSLSession session =
        certificatesNameUsers ? call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION) : null;
    if (session != null && !headers.containsKey(GATEWAY)) {
      return Credentials.ofCertificate(session);
    }
    return ForwardedCredentials.in(headers);
  }

  private static @Nullable String first(Metadata headers, Metadata.Key<String> key) {
    Iterable<String> values = headers.getAll(key);
    Iterator<String> each = values == null ? null : values.iterator();
    return each != null && each.hasNext() ? each.next() : null;
  }
}
