package dev.rowan;

import dev.rowan.compaction.Retention;
import dev.rowan.dialects.Endpoint;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * What the server was asked to be: every option, typed and validated. Immutable.
 *
 * @param name this member's name
 * @param endpoint where the data is kept
 * @param addresses where it listens
 * @param limits what a client may ask for
 * @param keepalive pings of client connections
 * @param timing how long leases, requests and quiet watches last
 * @param pruning what compacts by itself, and how a compaction deletes
 * @param log what is logged, how and where
 * @param extensiveMetrics whether calls are measured under etcd's name too
 * @param fsync whether an acknowledged write survives a power cut; false is unsafe
 */
public record ServerConfig(
    String name,
    Endpoint endpoint,
    Addresses addresses,
    Limits limits,
    Keepalive keepalive,
    Timing timing,
    Pruning pruning,
    Log log,
    boolean extensiveMetrics,
    boolean fsync) {

  /**
   * Where the server listens, and where clients are told to reach it.
   *
   * @param listen at least one, all http; port 0 takes a free one
   * @param advertise empty for the listen URLs as they were bound
   * @param metrics where /metrics and /health are served; may be empty
   */
  public record Addresses(List<URI> listen, List<URI> advertise, List<URI> metrics) {
    public Addresses {
      listen = List.copyOf(listen);
      advertise = List.copyOf(advertise);
      metrics = List.copyOf(metrics);
    }
  }

  /**
   * What a client may ask for.
   *
   * @param txnOpsMax operations in one transaction
   * @param requestBytesMax size of one request
   * @param streamsMax calls at a time on one connection
   */
  public record Limits(int txnOpsMax, int requestBytesMax, int streamsMax) {
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
