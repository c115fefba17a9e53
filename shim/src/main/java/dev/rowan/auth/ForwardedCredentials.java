package dev.rowan.auth;

import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ForwardingClientCall.SimpleForwardingClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import java.io.InputStream;

/**
 * Passes the present call's credentials on with calls over a channel within the process, whatever
 * they are: for services that do their work through others.
 *
 * <p>They travel as an object: what comes over a network can't be one, so that nobody can claim
 * another's certificate with this header.
 */
public final class ForwardedCredentials implements ClientInterceptor {
  private static final Metadata.Key<Credentials> HEADER =
      Metadata.Key.of("rowan-credentials-bin", new InProcess());

  /** The credentials that a call within the process brings; none for every other call. */
  static Credentials in(Metadata headers) {
    Credentials forwarded = headers.get(HEADER);
    return forwarded == null ? Credentials.NONE : forwarded;
  }

  @Override
  public <Q, R> ClientCall<Q, R> interceptCall(
      MethodDescriptor<Q, R> method, CallOptions options, Channel next) {
    Credentials credentials = Credentials.current();
    return new SimpleForwardingClientCall<>(next.newCall(method, options)) {
      @Override
      public void start(Listener<R> responses, Metadata headers) {
        if (credentials != Credentials.NONE) {
          headers.put(HEADER, credentials);
        }
        super.start(responses, headers);
      }
    };
  }

  /** A stream without bytes that holds the object itself. */
  private static final class Held extends InputStream {
    private final Credentials credentials;

    Held(Credentials credentials) {
      this.credentials = credentials;
    }

    @Override
    public int read() {
      return -1;
    }
  }

  private static final class InProcess implements Metadata.BinaryStreamMarshaller<Credentials> {
    @Override
    public InputStream toStream(Credentials credentials) {
      return new Held(credentials);
    }

    @Override
    public Credentials parseStream(InputStream stream) {
      return stream instanceof Held held ? held.credentials : Credentials.NONE;
    }
  }
}
