package dev.rowan.tls;

import dev.rowan.StartException;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLSession;

/**
 * The TLS context of new connections. Whoever asks for it gets one of the files as they are now
 * ({@link FromFiles}). Safe for any thread that may read files; {@link #executor} has such threads,
 * and does the arithmetic of handshakes too, so that they stop nobody else's calls.
 */
public final class TlsContexts implements AutoCloseable {
  /** Seconds without a handshake after which the threads end. */
  private static final int IDLE_SECONDS = 60;

  private final TlsConfig config;
  private final FromFiles<SslContext> context;
  private final ThreadPoolExecutor executor;

  private TlsContexts(TlsConfig config, FromFiles<SslContext> context) {
    this.config = config;
    this.context = context;
    int threads = Runtime.getRuntime().availableProcessors();
    // A connection has at most one task here, and connections are limited.
    executor =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            named("rowan-tls"));
    executor.allowCoreThreadTimeOut(true);
  }

  private static ThreadFactory named(String name) {
    var made = new AtomicInteger();
    return task ->
        Thread.ofPlatform().daemon().name(name + "-" + made.incrementAndGet()).unstarted(task);
  }

  /**
   * Reads the files, and makes a self-signed certificate before if one is asked for.
   *
   * @throws StartException naming the file that cannot be used, and why
   */
  public static TlsContexts open(TlsConfig config) throws StartException {
    if (config.selfSigned() != null) {
      SelfSignedCertificate.make(config.selfSigned(), config.certFile(), config.keyFile());
    }
    TlsConfig.Clients clients = config.clients();
    List<Path> files =
        Stream.of(config.certFile(), config.keyFile(), clients.trustedCaFile(), clients.crlFile())
            .filter(Objects::nonNull)
            .toList();
    try {
      return new TlsContexts(config, new FromFiles<>(files, () -> TlsFiles.context(config)));
    } catch (IOException | GeneralSecurityException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  /** The context for a connection that begins now. May read files. */
  public SslContext current() {
    return context.current();
  }

  /**
   * To be told of each handshake's end: the session of a client that has shown a certificate is not
   * for another connection, which has to show it again. Tickets aside, of which there are none
   * then, TLS 1.2 would let it name the session.
   */
  public void established(SSLSession session) {
    if (config.clients().required()) {
      session.invalidate();
    }
  }

  /** Where to ask for the context, and to run handshakes. */
  public Executor executor() {
    return executor;
  }

  /** Stops the threads; handshakes that run fail. */
  @Override
  public void close() {
    executor.shutdownNow();
  }
}
