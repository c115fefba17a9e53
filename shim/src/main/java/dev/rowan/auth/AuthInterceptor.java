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
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import java.util.Iterator;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Puts a call's {@link Credentials} into its context, and refuses it where its {@link CallRule}
 * does. Everything that serves etcd's services, over a network or in the process, must have it in
 * front. Safe for any thread; costs a call without credentials, while auth is off, a look through
 * its metadata.
 */
public final class AuthInterceptor implements ServerInterceptor {
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

  @Override
  public <Q, R> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
    Credentials credentials = credentials(call, headers);
    if (authenticator.positionToKnow(credentials) > index.view().position()) {
      return AwaitedCall.start(gate, call, () -> start(credentials, call, headers, next));
    }
    return start(credentials, call, headers, next);
  }

  private <Q, R> ServerCall.Listener<Q> start(
      Credentials credentials,
      ServerCall<Q, R> call,
      Metadata headers,
      ServerCallHandler<Q, R> next) {
    boolean enabled = authenticator.state().enabled();
    CallRule rule =
        enabled
            ? CallRule.of(call.getMethodDescriptor().getFullMethodName())
            : CallRule.DECIDED_LATER;
    if (rule == CallRule.USER || rule == CallRule.ROOT) {
      try {
        check(rule, credentials);
      } catch (EtcdException refusal) {
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

  private void check(CallRule rule, Credentials credentials) {
    Caller caller = authenticator.caller(credentials);
    if (rule == CallRule.ROOT) {
      authenticator.state().requireRoot(caller);
    } else {
      authenticator.state().requireUser(caller);
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
