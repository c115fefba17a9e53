package dev.rowan.tls;

import dev.rowan.StartException;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The TLS context of new connections. Whoever asks for it gets one of the files as they are now:
 * each time, it is looked whether one of them changed. Files that cannot be used leave the context
 * before them in use. Safe for any thread that may read files; {@link #executor} has such threads,
 * and does the arithmetic of handshakes too, so that they stop nobody else's calls.
 */
public final class TlsContexts implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TlsContexts.class);

  /** Seconds without a handshake after which the threads end. */
  private static final int IDLE_SECONDS = 60;

  private final TlsConfig config;
  private final List<Path> files;
  private final ThreadPoolExecutor executor;
  private List<Stamp> stamps;
  private SslContext context;

  private TlsContexts(TlsConfig config, List<Path> files, List<Stamp> stamps, SslContext context) {
    this.config = config;
    this.files = files;
    this.stamps = stamps;
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
    List<Stamp> stamps = stamps(files);
    try {
      return new TlsContexts(config, files, stamps, TlsFiles.context(config));
    } catch (IOException | GeneralSecurityException e) {
      throw new StartException(String.valueOf(e.getMessage()), e);
    }
  }

  /** The context for a connection that begins now. May read files. */
  public synchronized SslContext current() {
    List<Stamp> now = stamps(files);
    if (!now.equals(stamps)) {
      // Not again before another change, whether or not the files can be used.
      stamps = now;
      try {
        context = TlsFiles.context(config);
        LOG.atInfo().addKeyValue("files", files).log("the TLS files changed and are used from now");
      } catch (IOException | GeneralSecurityException | RuntimeException e) {
        LOG.atError()
            .addKeyValue("files", files)
            .addKeyValue("error", String.valueOf(e.getMessage()))
            .log("the TLS files changed and cannot be used; those before stay in use");
      }
    }
    return context;
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

  /** What tells one state of a file from another; nulls for a file that is not there. */
  private record Stamp(@Nullable FileTime modified, long bytes, @Nullable Object key) {}

  private static List<Stamp> stamps(List<Path> files) {
    return files.stream().map(TlsContexts::stamp).toList();
  }

  private static Stamp stamp(Path file) {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    } catch (IOException e) {
      return new Stamp(null, 0, null);
    }
  }
}
