package dev.rowan;

import dev.rowan.ServerConfig.Addresses;
import dev.rowan.ServerConfig.Http;
import dev.rowan.ServerConfig.Keepalive;
import dev.rowan.ServerConfig.Limits;
import dev.rowan.ServerConfig.Pruning;
import dev.rowan.ServerConfig.Timing;
import dev.rowan.compaction.Retention;
import dev.rowan.dialects.Endpoint;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Turns flags into a {@link ServerConfig}: types, ranges, and what contradicts what. */
final class Options {

  /** etcd's: a client that pings oftener than this is not held to be idle. */
  private static final Duration PROGRESS_INTERVAL_MIN = Duration.ofMillis(100);

  /** etcd's upper bound of --election-timeout. */
  private static final Duration ELECTION_TIMEOUT_MAX = Duration.ofSeconds(50);

  private static final int HEARTBEATS_PER_ELECTION_MIN = 5;

  /** The largest request: with gRPC's overhead, a message still has an int's length. */
  private static final long REQUEST_BYTES_MAX = Integer.MAX_VALUE - 512L * 1024;

  /** Compactions that follow each other faster than this would be all that the store does. */
  private static final Duration RETENTION_MIN = Duration.ofMillis(100);

  private static final Pattern ORIGIN = Pattern.compile("https?://[^/\\s]+");
  private static final Pattern HOST = Pattern.compile("[^/\\s]+");

  private final Flags flags;

  private Options(Flags flags) {
    this.flags = flags;
  }

  /**
   * Reads the server's options.
   *
   * @param terminal whether the log goes to a terminal unless an option says otherwise
   */
  static Request server(List<String> args, Map<String, String> env, boolean terminal)
      throws UsageException {
    Flags flags = Flags.read(args, env);
    if (flags.isTrue(Flag.HELP)) {
      return new Request.Print(Help.text());
    }
    if (flags.isTrue(Flag.VERSION)) {
      return new Request.Print(Version.text());
    }
    ServerConfig config = new Options(flags).config(terminal);
    return new Request.Serve(config, flags.notes());
  }

  /** A restore into where flags of the server's say that the data is kept. */
  static Request.Restore restore(
      Path snapshot, boolean skipHashCheck, List<String> args, Map<String, String> env)
      throws UsageException {
    Flags flags = Flags.read(args, env);
    Endpoint endpoint = new Options(flags).endpoint();
    return new Request.Restore(
        snapshot, skipHashCheck, endpoint, QuorumOptions.seeded(flags, endpoint));
  }

  /** Where flags of the server's, or else its variables, say that the data is. */
  static Endpoint store(List<String> args, Map<String, String> env) throws UsageException {
    return new Options(Flags.read(args, env)).endpoint();
  }

  private ServerConfig config(boolean terminal) throws UsageException {
    Endpoint endpoint = endpoint();
    Addresses addresses = addresses();
    Limits limits = limits();
    Timing timing = timing();
    return new ServerConfig(
        flags.value(Flag.NAME).value(),
        endpoint,
        addresses,
        TlsOptions.read(flags, addresses, certificates(endpoint)),
        limits,
        keepalive(),
        timing,
        pruning(),
        AuthOptions.read(flags),
        LogOptions.log(flags, terminal),
        LogOptions.slow(flags),
        TracingOptions.read(flags),
        http(),
        extensiveMetrics(),
        !flags.isTrue(Flag.UNSAFE_NO_FSYNC),
        QuorumOptions.read(flags, endpoint, addresses, limits, timing));
  }

  private Endpoint endpoint() throws UsageException {
    Given endpoint = flags.given(Flag.ENDPOINT);
    Given dataDir = flags.given(Flag.DATA_DIR);
    if (endpoint == null) {
      return Endpoint.parse("", dataDir());
    }
    if (dataDir != null) {
      throw new UsageException(
          endpoint.label() + " contradicts " + dataDir.label() + ": both say where the data is");
    }
    try {
      return Endpoint.parse(endpoint.value(), dataDir());
    } catch (IllegalArgumentException e) {
      throw new UsageException(endpoint.label() + ": " + e.getMessage());
    }
  }

  private Path dataDir() throws UsageException {
    Given dataDir = flags.given(Flag.DATA_DIR);
    String name = flags.value(Flag.NAME).value();
    return flags.path(
        dataDir != null ? dataDir : Given.onCommandLine(Flag.DATA_DIR, name + ".rowan"));
  }

  /** Where a certificate is kept that is made here: beside the data, as etcd does. */
  private Path certificates(Endpoint endpoint) throws UsageException {
    Path directory =
        endpoint instanceof Endpoint.Sqlite sqlite
            ? sqlite.file().toAbsolutePath().getParent()
            : dataDir();
    return Path.of(String.valueOf(directory), "fixtures", "client");
  }

  private Addresses addresses() throws UsageException {
    List<URI> listen = urls(Flag.LISTEN_CLIENT_URLS);
    List<URI> http = urls(Flag.LISTEN_CLIENT_HTTP_URLS);
    for (URI url : http) {
      if (url.getPort() != 0 && listen.stream().anyMatch(other -> isSameAddress(url, other))) {
        throw new UsageException(
            flags.value(Flag.LISTEN_CLIENT_HTTP_URLS).label()
                + " contradicts "
                + flags.value(Flag.LISTEN_CLIENT_URLS).label()
                + ": both name "
                + url);
      }
    }
    List<URI> metrics = urls(Flag.LISTEN_METRICS_URLS);
    List<URI> advertise = List.of();
    if (flags.given(Flag.ADVERTISE_CLIENT_URLS) != null) {
      advertise = urls(Flag.ADVERTISE_CLIENT_URLS);
    }
    Given listenFlag = flags.value(Flag.LISTEN_CLIENT_URLS);
    if (listen.isEmpty()) {
      throw listenFlag.malformed();
    }
    if (advertise.isEmpty() && listen.stream().anyMatch(Options::isWildcard)) {
      flags.note("--advertise-client-urls is not set: clients are told a wildcard", listenFlag);
    }
    return new Addresses(listen, http, advertise, metrics, flags.isTrue(Flag.SOCKET_REUSE_PORT));
  }

  private static boolean isSameAddress(URI one, URI other) {
    return one.getRawSchemeSpecificPart().equals(other.getRawSchemeSpecificPart());
  }

  private Http http() throws UsageException {
    return new Http(
        flags.isTrue(Flag.ENABLE_GRPC_GATEWAY),
        names(Flag.CORS, ORIGIN),
        names(Flag.HOST_WHITELIST, HOST));
  }

  /** Names of a form, or {@code *}, separated by commas. */
  private Set<String> names(Flag flag, Pattern form) throws UsageException {
    Given value = flags.value(flag);
    Set<String> names = new LinkedHashSet<>();
    for (String part : value.value().split(",", -1)) {
      String name = part.strip();
      if (!name.equals("*") && !form.matcher(name).matches() && !value.value().isEmpty()) {
        throw value.malformed();
      }
      names.add(name);
    }
    return value.value().isEmpty() ? Set.of() : names;
  }

  private static boolean isWildcard(URI url) {
    return List.of("0.0.0.0", "[::]").contains(String.valueOf(url.getHost()));
  }

  private List<URI> urls(Flag flag) throws UsageException {
    Given value = flags.value(flag);
    List<URI> urls = new ArrayList<>();
    for (String part : value.value().split(",", -1)) {
      if (!value.value().isEmpty()) {
        urls.add(url(value, part.strip()));
      }
    }
    return urls;
  }

  private static URI url(Given value, String text) throws UsageException {
    URI url;
    try {
      url = new URI(text);
    } catch (URISyntaxException e) {
      throw value.malformed();
    }
    String scheme = String.valueOf(url.getScheme());
    if (scheme.equals("unix") || scheme.equals("unixs")) {
      if (url.isOpaque() || url.getQuery() != null || url.getFragment() != null) {
        throw value.malformed();
      }
      return url;
    }
    boolean http = scheme.equals("http") || scheme.equals("https");
    String path = url.getRawPath();
    boolean bare = path == null || path.isEmpty() || path.equals("/");
    if (!http || url.getHost() == null || url.getPort() < 0 || url.getPort() > 65535 || !bare) {
      throw value.malformed();
    }
    return url;
  }

  private Limits limits() throws UsageException {
    return new Limits(
        (int) number(Flag.MAX_TXN_OPS, Integer.MAX_VALUE),
        (int) number(Flag.MAX_REQUEST_BYTES, REQUEST_BYTES_MAX),
        (int) Math.min(Integer.MAX_VALUE, number(Flag.MAX_CONCURRENT_STREAMS, 0xffffffffL)),
        quota());
  }

  private long quota() throws UsageException {
    Given value = flags.value(Flag.QUOTA_BACKEND_BYTES);
    try {
      return Long.parseLong(value.value());
    } catch (NumberFormatException e) {
      throw value.malformed();
    }
  }

  private Keepalive keepalive() throws UsageException {
    return new Keepalive(
        flags.duration(Flag.GRPC_KEEPALIVE_MIN_TIME),
        flags.duration(Flag.GRPC_KEEPALIVE_INTERVAL),
        flags.duration(Flag.GRPC_KEEPALIVE_TIMEOUT));
  }

  private Timing timing() throws UsageException {
    Duration heartbeat = Duration.ofMillis(number(Flag.HEARTBEAT_INTERVAL, Integer.MAX_VALUE));
    Duration election = Duration.ofMillis(number(Flag.ELECTION_TIMEOUT, Integer.MAX_VALUE));
    if (election.compareTo(heartbeat.multipliedBy(HEARTBEATS_PER_ELECTION_MIN)) < 0) {
      throw new UsageException(
          flags.value(Flag.ELECTION_TIMEOUT).label()
              + " must be at least 5 times "
              + flags.value(Flag.HEARTBEAT_INTERVAL).label());
    }
    if (election.compareTo(ELECTION_TIMEOUT_MAX) > 0) {
      throw new UsageException(
          flags.value(Flag.ELECTION_TIMEOUT).label() + " must be at most 50000 ms");
    }
    Duration progress = flags.duration(Flag.WATCH_PROGRESS_NOTIFY_INTERVAL);
    if (progress.compareTo(PROGRESS_INTERVAL_MIN) < 0) {
      throw new UsageException(
          flags.value(Flag.WATCH_PROGRESS_NOTIFY_INTERVAL).label() + " must be at least 100ms");
    }
    return new Timing(heartbeat, election, progress);
  }

  private Pruning pruning() throws UsageException {
    return new Pruning(
        retention(),
        (int) number(Flag.COMPACTION_BATCH_LIMIT, Integer.MAX_VALUE),
        flags.duration(Flag.COMPACTION_SLEEP_INTERVAL));
  }

  /** CFG-3: a bare number is of hours, or of revisions. */
  private Retention retention() throws UsageException {
    Given mode = flags.value(Flag.AUTO_COMPACTION_MODE);
    Given kept = flags.value(Flag.AUTO_COMPACTION_RETENTION);
    boolean revisions = mode.value().equals("revision");
    if (!revisions && !mode.value().equals("periodic")) {
      throw mode.malformed();
    }
    boolean bare = kept.value().matches("\\d+");
    try {
      if (revisions && bare) {
        long number = Long.parseLong(kept.value());
        return number == 0 ? new Retention.Everything() : new Retention.Revisions(number);
      }
      Duration period = GoDuration.parse(bare ? kept.value() + "h" : kept.value());
      if (period.isZero()) {
        return new Retention.Everything();
      }
      if (!revisions && period.compareTo(RETENTION_MIN) >= 0) {
        return new Retention.Period(period);
      }
    } catch (IllegalArgumentException e) {
      // Refused below, as one that is too short.
    }
    throw kept.malformed();
  }

  private boolean extensiveMetrics() throws UsageException {
    Given metrics = flags.value(Flag.METRICS);
    boolean extensive = metrics.value().equals("extensive");
    if (!extensive && !metrics.value().equals("basic")) {
      throw metrics.malformed();
    }
    return extensive;
  }

  private long number(Flag flag, long max) throws UsageException {
    Given value = flags.value(flag);
    try {
      long number = Long.parseLong(value.value());
      if (number >= 1 && number <= max) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a number that is out of range.
    }
    throw value.malformed();
  }
}
