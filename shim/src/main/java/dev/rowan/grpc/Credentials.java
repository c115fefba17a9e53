package dev.rowan.grpc;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import org.jspecify.annotations.Nullable;

/**
 * The metadata by which a caller shows who it is (C-7), carried in the Context from a call to the
 * calls that are made on its behalf. What it says is looked at by neither side.
 */
final class Credentials {
  private static final Metadata.Key<String> TOKEN =
      Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER);
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final Context.Key<Credentials> CURRENT = Context.key("rowan-credentials");

  private final @Nullable String token;
  private final @Nullable String authorization;

  private Credentials(@Nullable String token, @Nullable String authorization) {
    this.token = token;
    this.authorization = authorization;
  }

  private void addTo(Metadata headers) {
    add(headers, TOKEN, token);
    add(headers, AUTHORIZATION, authorization);
  }

  private static void add(Metadata headers, Metadata.Key<String> key, @Nullable String value) {
    if (value != null && !headers.containsKey(key)) {
      headers.put(key, value);
    }
  }

  /** Keeps an incoming call's credentials. */
  static final class Receiver implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      String token = headers.get(TOKEN);
      String authorization = headers.get(AUTHORIZATION);
      if (token == null && authorization == null) {
        return next.startCall(call, headers);
      }
      Context context = Context.current().withValue(CURRENT, new Credentials(token, authorization));
      return Contexts.interceptCall(context, call, headers, next);
    }
  }

  /** Adds the kept credentials to an outgoing call that has none of its own. */
  static final class Sender implements ClientInterceptor {
    @Override
    public <Q, R> ClientCall<Q, R> interceptCall(
        MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
      ClientCall<Q, R> call = next.newCall(method, options);
      Credentials credentials = CURRENT.get();
      if (credentials == null) {
        return call;
      }
      return new SimpleForwardingClientCall<>(call) {
        @Override
        public void start(Listener<R> listener, Metadata headers) {
          credentials.addTo(headers);
          super.start(listener, headers);
        }
      };
    }
  }
}
