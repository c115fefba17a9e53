package dev.rowan.auth;

import io.grpc.Context;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * What a call brings to say who calls: a token, else the verified certificate of its connection
 * else nothing. Who that is, the {@link Authenticator} finds out when it matters: a stream
 * may outlive its token. Immutable.
 *
 * <p>gRPC's context of a call carries them; {@link #current} must be asked on a thread that has the
 * context, which a service's methods and its request observers do.
 */
public final class Credentials {
  static final Credentials NONE = new Credentials(null, null);

  /** The server's own, for calls within the process. Nothing that a client sends is this object. */
  private static final Credentials SERVER = new Credentials(null, null);

  private static final Context.Key<Credentials> KEY = Context.key("credentials");

  private final @Nullable String token;
  private final @Nullable SSLSession session;

  private Credentials(@Nullable String token, @Nullable SSLSession session) {
    this.token = token;
    this.session = session;
  }

  static Credentials ofToken(String token) {
    return new Credentials(token, null);
  }

  /** Those of a TLS connection whose client showed a certificate that was verified. */
  static Credentials ofCertificate(SSLSession session) {
    return new Credentials(null, session);
  }

  /** The present call's. */
  public static Credentials current() {
    Credentials carried = KEY.get();
    return carried == null ? NONE : carried;
  }

  /** The present context, with these in it. */
  Context inContext() {
    return Context.current().withValue(KEY, this);
  }

  /**
   * A context whose calls within the process are the server's own: to undo what was done for a
   * client who may not be able to prove any more who it is.
   */
  public static Context ofServer(Context context) {
    return context.withValue(KEY, SERVER);
  }

  boolean ofServer() {
    return this == SERVER;
  }

  @Nullable String token() {
    return token;
  }

  /** The common name of the client's certificate, null if it has shown none. */
  @Nullable String commonName() {
    return session == null ? null : commonName(session);
  }

  /** The same of a session; empty if the certificate names nobody. */
  public static @Nullable String commonName(SSLSession session) {
    try {
      return session.getPeerCertificates()[0] instanceof X509Certificate leaf
          ? SubjectNames.commonName(leaf.getSubjectX500Principal())
          : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  /** Never the token itself. */
  @Override
  public String toString() {
    return token != null
        ? "a token"
        : session != null ? "a certificate" : ofServer() ? "the server's" : "none";
  }
}
