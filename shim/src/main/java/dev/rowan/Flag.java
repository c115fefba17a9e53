package dev.rowan;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Every flag that Rowan knows: those that it serves, and etcd's others with what becomes of them.
 * This table is the source of the parser, of {@code --help} and of the documentation's table.
 */
enum Flag {
  NAME(Group.STORAGE, Form.TEXT, "default", "Name of this member in member lists and logs."),
  DATA_DIR(Group.STORAGE, Form.PATH, "${name}.rowan", "Directory of the SQLite database."),
  ENDPOINT(
      Group.STORAGE, Form.ENDPOINT, "", "Database instead of --data-dir, in the form of kine."),
  UNSAFE_NO_FSYNC(
      Group.STORAGE, Form.BOOL, "false", "Do not wait for the disk: a power cut loses data."),

  LISTEN_CLIENT_URLS(
      Group.LISTENING, Form.URLS, "http://127.0.0.1:2379", "Where clients are served."),
  ADVERTISE_CLIENT_URLS(
      Group.LISTENING, Form.URLS, "the listen URLs", "Where clients are told to reach it."),
  LISTEN_CLIENT_HTTP_URLS(
      Group.LISTENING, Form.URLS, "", "Where HTTP is served instead of at the clients' URLs."),
  LISTEN_METRICS_URLS(
      Group.LISTENING,
      Form.URLS,
      "",
      "Where /metrics, /health, /livez and /readyz are served too."),
  METRICS(
      Group.LISTENING, Form.METRICS, "basic", "Whether calls are measured under etcd's name too."),
  ENABLE_GRPC_GATEWAY(
      Group.LISTENING, Form.BOOL, "true", "Serve the JSON gateway, /v3/..., over HTTP."),
  CORS(Group.LISTENING, Form.ORIGINS, "*", "Origins whose pages may read answers over HTTP."),
  HOST_WHITELIST(
      Group.LISTENING, Form.HOSTS, "*", "Names by which HTTP without TLS may be called."),
  GRPC_KEEPALIVE_MIN_TIME(
      Group.LISTENING, Form.DURATION, "5s", "Shortest time between pings of a client."),
  GRPC_KEEPALIVE_INTERVAL(
      Group.LISTENING, Form.DURATION, "2h", "Time between pings to a quiet client; 0 for none."),
  GRPC_KEEPALIVE_TIMEOUT(
      Group.LISTENING, Form.DURATION, "20s", "Time that a client has to answer a ping."),
  SOCKET_REUSE_PORT(
      Group.LISTENING, Form.BOOL, "false", "Let other processes listen on the same ports."),

  CERT_FILE(Group.TLS, Form.PATH, "", "Certificate of the server, PEM; read again as it changes."),
  KEY_FILE(Group.TLS, Form.PATH, "", "Key of the certificate, PEM, without a password."),
  CLIENT_CERT_AUTH(Group.TLS, Form.BOOL, "false", "Clients need a certificate."),
  TRUSTED_CA_FILE(
      Group.TLS, Form.PATH, "", "Who may issue clients' certificates, PEM; clients then need one."),
  CLIENT_CRL_FILE(Group.TLS, Form.PATH, "", "Revoked certificates of clients, DER or PEM."),
  CLIENT_CERT_ALLOWED_HOSTNAME(
      Group.TLS, Form.NAMES, "", "Names or addresses; a client's certificate must be for one."),
  AUTO_TLS(Group.TLS, Form.BOOL, "false", "Make a self-signed certificate in the data directory."),
  SELF_SIGNED_CERT_VALIDITY(
      Group.TLS, Form.COUNT, "1", "Years that the self-signed certificate is valid."),
  TLS_MIN_VERSION(Group.TLS, Form.TLS_VERSION, "TLS1.2", "Oldest version of TLS."),
  TLS_MAX_VERSION(Group.TLS, Form.TLS_VERSION, "TLS1.3", "Newest version of TLS."),
  CIPHER_SUITES(
      Group.TLS, Form.SUITES, "", "Cipher suites of TLS 1.2, by their names in Go, in order."),

  INITIAL_CLUSTER(
      Group.QUORUM, Form.MEMBERS, "", "Serve as one of a quorum's members, which it lists."),
  INITIAL_CLUSTER_STATE(
      Group.QUORUM, Form.CLUSTER_STATE, "new", "existing joins a quorum that runs (member add)."),
  INITIAL_CLUSTER_TOKEN(
      Group.QUORUM, Form.TEXT, "etcd-cluster", "Tells quorums of the same URLs apart."),
  INITIAL_ADVERTISE_PEER_URLS(
      Group.QUORUM,
      Form.PEER_URLS,
      "those in --initial-cluster",
      "Where the other members reach this one.",
      "http://localhost:2380"),
  LISTEN_PEER_URLS(
      Group.QUORUM,
      Form.LISTEN_PEER,
      "http://127.0.0.1:2380",
      "Where this member listens for the others.",
      "http://localhost:2380"),
  FORCE_NEW_CLUSTER(
      Group.QUORUM, Form.BOOL, "false", "Go on as the only member: the others are lost for good."),
  STRICT_RECONFIG_CHECK(
      Group.QUORUM, Form.BOOL, "true", "Refuse changes of members that would cost the quorum."),
  MAX_LEARNERS(Group.QUORUM, Form.WHOLE, "1", "Learners at a time."),
  SNAPSHOT_COUNT(
      Group.QUORUM, Form.WHOLE, "10000", "Entries after which the members' log is shortened."),
  SNAPSHOT_CATCHUP_ENTRIES(
      Group.QUORUM, Form.WHOLE, "5000", "Entries that stay in it for members that are behind."),

  PEER_CERT_FILE(
      Group.PEER_TLS, Form.PATH, "", "Certificate of this member, PEM; read again as it changes."),
  PEER_KEY_FILE(Group.PEER_TLS, Form.PATH, "", "Key of the certificate, PEM, without a password."),
  PEER_CLIENT_CERT_FILE(
      Group.PEER_TLS, Form.PATH, "", "Certificate for calling members, where it is another."),
  PEER_CLIENT_KEY_FILE(Group.PEER_TLS, Form.PATH, "", "Key of the certificate for calling."),
  PEER_CLIENT_CERT_AUTH(
      Group.PEER_TLS, Form.BOOL, "false", "Members need a certificate to call this one."),
  PEER_TRUSTED_CA_FILE(
      Group.PEER_TLS,
      Form.PATH,
      "",
      "Who may issue members' certificates, PEM; they then need one."),
  PEER_CRL_FILE(Group.PEER_TLS, Form.PATH, "", "Revoked certificates of members, DER or PEM."),
  PEER_CERT_ALLOWED_CN(
      Group.PEER_TLS, Form.NAMES, "", "Common names; a member's certificate must have one."),
  PEER_CERT_ALLOWED_HOSTNAME(
      Group.PEER_TLS,
      Form.NAMES,
      "",
      "Names or addresses; a member's certificate must be for one."),
  PEER_AUTO_TLS(
      Group.PEER_TLS, Form.BOOL, "false", "Make a self-signed certificate, which proves nothing."),

  MAX_TXN_OPS(Group.LIMITS, Form.COUNT, "128", "Operations in one transaction."),
  MAX_REQUEST_BYTES(Group.LIMITS, Form.BYTES, "1572864", "Size of one request."),
  MAX_CONCURRENT_STREAMS(
      Group.LIMITS, Form.COUNT, "4294967295", "Calls at a time on one connection."),

  QUOTA_BACKEND_BYTES(
      Group.LIMITS,
      Form.QUOTA,
      "0",
      "Size of the database past which puts are refused; 0 is 2 GiB, negative for none."),

  HEARTBEAT_INTERVAL(
      Group.LEASES_AND_WATCHES,
      Form.MILLIS,
      "100",
      "Between a quorum leader's signs of life; at most a fifth of the election timeout."),
  ELECTION_TIMEOUT(
      Group.LEASES_AND_WATCHES,
      Form.MILLIS,
      "1000",
      "Silence before a quorum elects; sets the shortest lease (1.5 times) and the request timeout"
          + " (5 s + twice)."),
  WATCH_PROGRESS_NOTIFY_INTERVAL(
      Group.LEASES_AND_WATCHES, Form.DURATION, "10m", "Time between progress notifications."),

  AUTO_COMPACTION_MODE(
      Group.COMPACTION,
      Form.COMPACTION_MODE,
      "periodic",
      "Whether --auto-compaction-retention is a time or a number of revisions."),
  AUTO_COMPACTION_RETENTION(
      Group.COMPACTION,
      Form.RETENTION,
      "0",
      "History that is kept: hours, a duration, or revisions; 0 keeps all."),
  COMPACTION_BATCH_LIMIT(
      Group.COMPACTION, Form.COUNT, "1000", "Revisions deleted in one step of a compaction."),
  COMPACTION_SLEEP_INTERVAL(
      Group.COMPACTION, Form.DURATION, "10ms", "Pause between two steps of a compaction."),

  AUTH_TOKEN(Group.AUTH, Form.TOKENS, "simple", "Kind of tokens; options of jwt as etcd has them."),
  AUTH_TOKEN_TTL(
      Group.AUTH, Form.SECONDS, "300", "Time that a simple token lasts from its last use."),
  BCRYPT_COST(Group.AUTH, Form.COST, "10", "Cost of hashing a password."),

  LOG_LEVEL(Group.LOGGING, Form.LEVEL, "info", "Least level that is logged."),
  LOG_FORMAT(
      Group.LOGGING, Form.LOG_FORMAT, "console on a terminal, else json", "Form of log lines."),
  LOG_OUTPUTS(Group.LOGGING, Form.OUTPUTS, "default", "default and stderr are the same."),
  WARNING_APPLY_DURATION(
      Group.LOGGING, Form.DURATION, "100ms", "A commit that takes longer is logged, and counted."),
  WARNING_UNARY_REQUEST_DURATION(
      Group.LOGGING, Form.DURATION, "300ms", "A call that takes longer is logged; not a stream."),

  ENABLE_DISTRIBUTED_TRACING(
      Group.TRACING, Form.BOOL, "false", "Send spans of calls to an OpenTelemetry collector."),
  DISTRIBUTED_TRACING_ADDRESS(
      Group.TRACING, Form.ADDRESS, "localhost:4317", "The collector: OTLP over gRPC without TLS."),
  DISTRIBUTED_TRACING_SERVICE_NAME(
      Group.TRACING, Form.TEXT, "etcd", "Name of the service, the same for all instances."),
  DISTRIBUTED_TRACING_INSTANCE_ID(Group.TRACING, Form.TEXT, "", "Name of this instance."),
  DISTRIBUTED_TRACING_SAMPLING_RATE(
      Group.TRACING,
      Form.PER_MILLION,
      "0",
      "Of a million calls, those followed though their caller does not say."),

  CONFIG_FILE(
      Group.OTHER, Form.PATH, "", "YAML file of flags; other flags and variables are ignored."),
  VERSION(Group.OTHER, Form.BOOL, "false", "Print the version and exit."),
  HELP(Group.OTHER, Form.BOOL, "false", "Print this help and exit."),

  // Flags that tune parts of etcd that Rowan does not have, so that ignoring them changes nothing.
  BACKEND_BATCH_INTERVAL(Standing.NO_MEANING),
  BACKEND_BATCH_LIMIT(Standing.NO_MEANING),
  BACKEND_BBOLT_FREELIST_TYPE(Standing.NO_MEANING),
  CLIENT_CERT_FILE(Standing.NO_MEANING),
  CLIENT_KEY_FILE(Standing.NO_MEANING),
  COMPACT_HASH_CHECK_TIME(Standing.NO_MEANING),
  CORRUPT_CHECK_TIME(Standing.NO_MEANING),
  DOWNGRADE_CHECK_TIME(Standing.NO_MEANING),
  INITIAL_ELECTION_TICK_ADVANCE(Standing.NO_MEANING, Form.BOOL),
  LOGGER(Standing.NO_MEANING),
  MAX_SNAPSHOTS(Standing.NO_MEANING),
  MAX_WALS(Standing.NO_MEANING),
  RAFT_READ_TIMEOUT(Standing.NO_MEANING),
  RAFT_WRITE_TIMEOUT(Standing.NO_MEANING),
  V2_DEPRECATION(Standing.NO_MEANING),

  // Flags that ask for what this version cannot do, with the values that ask for what is so anyway.
  BOOTSTRAP_DEFRAG_THRESHOLD_MEGABYTES(Standing.NOT_SERVED, Form.TEXT, "0"),
  DISCOVERY(Standing.NOT_SERVED),
  DISCOVERY_ENDPOINTS(Standing.NOT_SERVED),
  DISCOVERY_SRV(Standing.NOT_SERVED),
  DISCOVERY_SRV_NAME(Standing.NOT_SERVED),
  DISCOVERY_TOKEN(Standing.NOT_SERVED),
  ENABLE_LOG_ROTATION(Standing.NOT_SERVED, Form.BOOL, "false"),
  ENABLE_PPROF(Standing.NOT_SERVED, Form.BOOL, "false"),
  FEATURE_GATES(Standing.NOT_SERVED),
  LOG_ROTATION_CONFIG_JSON(Standing.NOT_SERVED),
  MEMORY_MLOCK(Standing.NOT_SERVED, Form.BOOL, "false"),
  PEER_SKIP_CLIENT_SAN_VERIFICATION(Standing.NOT_SERVED, Form.BOOL, "true"),
  PRE_VOTE(Standing.NOT_SERVED, Form.BOOL, "true"),
  SOCKET_REUSE_ADDRESS(Standing.NOT_SERVED, Form.BOOL, "true", "false"),
  STOP_GRPC_SERVICE_ON_DEFRAG(Standing.NOT_SERVED, Form.BOOL, "false"),
  WAL_DIR(Standing.NOT_SERVED);

  /** What becomes of a flag that is given. */
  enum Standing {
    /** It does what etcd's does. */
    SERVED,
    /** Accepted, and the log says that it has no meaning here. */
    NO_MEANING,
    /**
     * It does what etcd's does with --initial-cluster; refused without, unless it is the default.
     */
    QUORUM,
    /** Refused, unless it asks for what is so anyway. */
    NOT_SERVED
  }

  /** A heading of the help. */
  enum Group {
    STORAGE("Storage"),
    LISTENING("Listening"),
    TLS("TLS"),
    QUORUM("Members of a quorum, with --initial-cluster"),
    PEER_TLS("TLS between members"),
    LIMITS("Limits"),
    LEASES_AND_WATCHES("Leases and watches"),
    COMPACTION("Compaction"),
    AUTH("Users and tokens"),
    LOGGING("Logging"),
    TRACING("Traces"),
    OTHER("Other");

    final String title;

    Group(String title) {
      this.title = title;
    }
  }

  /** What a flag's value looks like: its name in the help, and how an error describes it. */
  enum Form {
    TEXT("text", "text"),
    PATH("path", "a path"),
    ENDPOINT("URL", "sqlite:///path, or postgres:// or mysql://user:password@host:port/database"),
    URLS("URL,...", "URLs like http://127.0.0.1:2379, separated by commas"),
    NAMES("name,...", "names, separated by commas"),
    MEMBERS(
        "name=URL,...",
        "members like a=http://10.0.0.1:2380,b=http://10.0.0.2:2380: http or https, host and port"),
    PEER_URLS("URL,...", "URLs like http://10.0.0.1:2380, separated by commas"),
    LISTEN_PEER("URL", "one URL like http://10.0.0.1:2380 or http://0.0.0.0:2380"),
    CLUSTER_STATE("new|existing", "new or existing"),
    TLS_VERSION("version", "TLS1.2 or TLS1.3"),
    SUITES("suite,...", "cipher suites as Go names them, separated by commas"),
    ORIGINS("origin,...", "* or origins like https://example.com, separated by commas"),
    HOSTS("host,...", "* or names of hosts, separated by commas"),
    DURATION("duration", "a duration like 100ms, 5s or 1h30m"),
    MILLIS("ms", "a number of milliseconds"),
    COUNT("number", "a number above 0"),
    WHOLE("number", "a number from 0"),
    BYTES("bytes", "a number of bytes"),
    QUOTA("bytes", "a number of bytes, 0 for 2 GiB or a negative number for none"),
    BOOL("", "true or false"),
    COMPACTION_MODE("periodic|revision", "periodic or revision"),
    RETENTION(
        "hours|duration|number",
        "a number of hours or a duration of at least 100ms, or a number of revisions if"
            + " --auto-compaction-mode is revision"),
    TOKENS("kind,...", "simple, or jwt,sign-method=...,pub-key=...,priv-key=...,ttl=..."),
    SECONDS("seconds", "a number of seconds from 0, which is 300, to 1000000000"),
    COST("number", "a number from 4 to 31"),
    METRICS("basic|extensive", "basic or extensive"),
    LEVEL("level", "debug, info, warn, error, panic or fatal"),
    ADDRESS("host:port", "a host and a port like localhost:4317"),
    PER_MILLION("number", "a number from 0 to 1000000"),
    LOG_FORMAT("json|console", "json or console"),
    OUTPUTS("output,...", "default, stderr, stdout or paths of files, separated by commas");

    final String placeholder;
    final String expected;

    Form(String placeholder, String expected) {
      this.placeholder = placeholder;
      this.expected = expected;
    }
  }

  final Standing standing;
  final Group group;
  final Form form;

  /** The value where none is given; of an unserved flag, empty. */
  final String fallback;

  final String help;

  /** Values of a flag that is not served, or not here, which change nothing: they may be given. */
  // List.of cannot be changed, which the checker does not see.
  @SuppressWarnings("ImmutableEnumChecker")
  final List<String> idleValues;

  Flag(Group group, Form form, String fallback, String help, String... alsoIdle) {
    this.standing =
        group == Group.QUORUM || group == Group.PEER_TLS ? Standing.QUORUM : Standing.SERVED;
    this.group = group;
    this.form = form;
    this.fallback = fallback;
    this.help = help;
    this.idleValues = Stream.concat(Stream.of(fallback), Stream.of(alsoIdle)).toList();
  }

  Flag(Standing standing) {
    this(standing, Form.TEXT);
  }

  Flag(Standing standing, Form form, String... idleValues) {
    this.standing = standing;
    this.group = Group.OTHER;
    this.form = form;
    this.fallback = "";
    this.help = "";
    this.idleValues = List.of(idleValues);
  }

  /** Whether it does something, if only together with another. */
  boolean isServed() {
    return standing == Standing.SERVED || standing == Standing.QUORUM;
  }

  /** The flag without dashes, as a configuration file has it: {@code data-dir}. */
  String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The flag as it is given: {@code --data-dir}. */
  String dashed() {
    return "--" + key();
  }
}
