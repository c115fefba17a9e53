package dev.rowan;

import dev.rowan.auth.JwtKey;
import dev.rowan.compaction.Retention;
import dev.rowan.dialects.Endpoint;
import dev.rowan.quorum.QuorumConfig;
import dev.rowan.tls.TlsConfig;
import dev.rowan.tracing.TracingConfig;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the server was asked to be: every option, typed and validated. Immutable.
 *
 * @param name this member's name
 * @param endpoint where the data is kept
 * @param addresses where it listens
 * @param tls of the https and unixs URLs; null if there are none
 * @param limits what a client may ask for
 * @param keepalive pings of client connections
 * @param timing how long leases, requests and quiet watches last
 * @param pruning what compacts by itself, and how a compaction deletes
 * @param auth how users prove who they are
 * @param log what is logged, how and where
 * @param slow what takes so long that the log tells of it
 * @param tracing which calls are followed as spans; null for none
 * @param http what is served over HTTP, and to whom
 * @param extensiveMetrics whether calls are measured under etcd's name too
 * @param fsync whether an acknowledged write survives a power cut; false is unsafe
 * @param quorum as a member of which it serves; null for a database or a file alone
 */
public record ServerConfig(
    String name,
    Endpoint endpoint,
    Addresses addresses,
    @Nullable TlsConfig tls,
    Limits limits,
    Keepalive keepalive,
    Timing timing,
    Pruning pruning,
    Auth auth,
    Log log,
    Slow slow,
    @Nullable TracingConfig tracing,
    Http http,
    boolean extensiveMetrics,
    boolean fsync,
    @Nullable QuorumConfig quorum) {

  /**
   * Where the server listens, and where clients are told to reach it.
   *
   * <p>Those to listen on are http and https with host and port, of which port 0 takes a free one,
   * and unix and unixs with a path.
   *
   * @param listen at least one
   * @param http where HTTP is served instead of there; may be empty
   * @param advertise empty for the listen URLs as they were bound
   * @param metrics where /metrics and /health are served; may be empty
   * @param reusePort whether other processes may listen on the same ports
   */
  public record Addresses(
      List<URI> listen, List<URI> http, List<URI> advertise, List<URI> metrics, boolean reusePort) {
    public Addresses {
      listen = List.copyOf(listen);
      http = List.copyOf(http);
      advertise = List.copyOf(advertise);
      metrics = List.copyOf(metrics);
    }
  }

  /**
   * HTTP for clients.
   *
   * @param gateway whether the JSON gateway is served
   * @param origins origins whose pages may read answers; {@code *} or none for all
   * @param hosts names by which it may be called without TLS; {@code *} or none for all
   */
  public record Http(boolean gateway, Set<String> origins, Set<String> hosts) {
    public Http {
      origins = Set.copyOf(origins);
      hosts = Set.copyOf(hosts);
    }
  }

  /**
   * What a client may ask for.
   *
   * @param txnOpsMax operations in one transaction
   * @param requestBytesMax size of one request
   * @param streamsMax calls at a time on one connection
   * @param quotaBytes size of the store past which puts are refused; 0 for the default, negative
   *     for none
   */
  public record Limits(int txnOpsMax, int requestBytesMax, int streamsMax, long quotaBytes) {
    /** What gRPC's framing and a request's header may add to a request, as in etcd. */
    private static final int OVERHEAD_BYTES = 512 * 1024;

    /** Size of the largest message that is read at all; a larger one never reaches a service. */
    public int messageBytesMax() {
      return requestBytesMax + OVERHEAD_BYTES;
    }
  }

  /**
   * Pings of client connections.
   *
   * @param minTime shortest time between a client's pings
   * @param interval time between pings to a quiet client; zero for none
   * @param timeout how long a client has to answer
   */
  public record Keepalive(Duration minTime, Duration interval, Duration timeout) {}

  /**
   * How long things last.
   *
   * @param heartbeatInterval time between two heartbeats of a leader
   * @param electionTimeout time without a leader before an election
   * @param watchProgressInterval time between the progress notifications of a quiet watch
   */
  public record Timing(
      Duration heartbeatInterval, Duration electionTimeout, Duration watchProgressInterval) {
    /** The part of a request's timeout that does not depend on elections, as in etcd. */
    private static final Duration REQUEST_BASE = Duration.ofSeconds(5);

    /** How long a write may take before it is given up. */
    public Duration requestTimeout() {
      return REQUEST_BASE.plus(electionTimeout.multipliedBy(2));
    }

    /** The shortest time to live of a lease: one and a half election timeouts, in whole seconds. */
    public Duration leaseTtlMin() {
      long millis = electionTimeout.multipliedBy(3).dividedBy(2).toMillis();
      return Duration.ofSeconds(Math.ceilDiv(millis, 1000L));
    }
  }

  /**
   * What compacts by itself, and how a compaction deletes.
   *
   * @param retention history that is kept
   * @param batchMax revisions deleted in one step
   * @param pause time between two steps
   */
  public record Pruning(Retention retention, int batchMax, Duration pause) {}

  /**
   * How users prove who they are.
   *
   * @param jwt signs and verifies tokens; null where tokens are simple
   * @param simpleTokenTtl how long a simple token lasts from its last use
   * @param bcryptCost of hashing a password
   * @param certificatesNameUsers whether a client's certificate names its user
   */
  public record Auth(
      @Nullable JwtKey jwt,
      Duration simpleTokenTtl,
      int bcryptCost,
      boolean certificatesNameUsers) {}

  /**
   * What takes so long that the log tells of it: what takes longer than this.
   *
   * @param call of a method with one request and one answer
   * @param commit of a batch, or to the file of a quorum's member
   */
  public record Slow(Duration call, Duration commit) {}

  /**
   * What is logged.
   *
   * @param level the least level
   * @param json whether lines are JSON objects, else plain text
   * @param outputs {@code stderr}, {@code stdout} or paths of files
   */
  public record Log(Level level, boolean json, List<String> outputs) {
    public Log {
      outputs = List.copyOf(outputs);
    }

    /** etcd's levels. */
    public enum Level {
      DEBUG,
      INFO,
      WARN,
      ERROR,
      PANIC,
      FATAL
    }
  }
}
