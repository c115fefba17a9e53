package dev.rowan;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@code rowan kine}: kine's flags and variables, told to the server in etcd's
 * words. What kine has no flag for can be set by the server's own variables, {@code ETCD_…}.
 */
final class KineOptions {
  static final String COMMAND = "kine";

  private static final String VARIABLE = "KINE_";

  /** Where kine keeps its data if nothing is said; volumes are mounted there. */
  private static final String DEFAULT_ENDPOINT = "sqlite://./db/state.db";

  private static final Set<String> NO_ENDPOINT = Set.of("", "sqlite", "sqlite://");

  /** Variables of the server's that say where the data is. */
  private static final List<String> PLACES =
      List.of("ROWAN_ENDPOINT", "ETCD_ENDPOINT", "ETCD_DATA_DIR");

  private static final Set<String> TAKEN =
      Set.of(
          "listen-address",
          "endpoint",
          "ca-file",
          "cert-file",
          "key-file",
          "log-format",
          "metrics-bind-address",
          "server-cert-file",
          "server-key-file",
          "trusted-ca-file",
          "watch-progress-notify-interval",
          "compact-interval",
          "compact-min-retain",
          "compact-batch-size");

  private static final Set<String> SWITCHES =
      Set.of("skip-verify", "metrics-ignore-tls-config", "debug", "help", "version");

  /** They tune what is done otherwise here. */
  private static final Set<String> WITHOUT_MEANING =
      Set.of(
          "datastore-max-idle-connections",
          "datastore-max-open-connections",
          "datastore-connection-max-lifetime",
          "datastore-connection-max-idle-time",
          "slow-sql-threshold",
          "slow-sql-warning-threshold",
          "emulated-etcd-version",
          "compact-interval-jitter",
          "compact-timeout",
          "poll-batch-size");

  private static final String HELP =
      """
      Usage: rowan kine [flags]

      Serves as rowan does, with kine's flags, so that it can stand where kine stood. Each flag can
      also be set as KINE_NAME_OF_THE_FLAG, and what kine has no flag for as ETCD_NAME_OF_THE_FLAG
      (rowan --help).

        --endpoint <URL>
            Where the data is. Default: sqlite://./db/state.db.
        --ca-file, --cert-file, --key-file <path>
            Authorities, certificate and key of the connection to the database.
        --skip-verify
            Encrypt that connection, and don't verify whose it is.
        --listen-address <address>
            host:port or unix://path. Default: 0.0.0.0:2379.
        --server-cert-file, --server-key-file <path>
            Certificate and key that clients are shown.
        --trusted-ca-file <path>
            Who may issue clients' certificates; clients then need one.
        --metrics-bind-address <address>
            Where /metrics is served too; 0 for nowhere. Default: :8080.
        --metrics-ignore-tls-config
            Serve it without TLS there.
        --compact-interval <duration>
            More than 0: compact every five minutes. Default: 0.
        --compact-min-retain <number>
            Revisions that such a compaction leaves. Default: 1000.
        --compact-batch-size <number>
            Revisions deleted in one step of a compaction. Default: 1000.
        --watch-progress-notify-interval <duration>
            Time between progress notifications. Default: 5s.
        --log-format <plain or json>
            Form of log lines. Default: plain.
        --debug
            Log more.
        --version
            Print the version and exit.
        --help
            Print this help and exit.
      """;

  private final Map<String, String> given = new LinkedHashMap<>();
  private final List<Flags.Note> notes = new ArrayList<>();

  private KineOptions() {}

  /** Reads what follows {@link #COMMAND}. */
  static Request parse(List<String> args, Map<String, String> env, boolean terminal)
      throws UsageException {
    KineOptions options = new KineOptions();
    Iterator<String> rest = args.iterator();
    while (rest.hasNext()) {
      options.take(rest.next(), rest);
    }
    options.variables(env);
    if (options.isTrue("help")) {
      return new Request.Print(HELP);
    }
    if (options.isTrue("version")) {
      return new Request.Print(Version.text());
    }
    Request request = Options.server(options.translated(env), env, terminal);
    if (!(request instanceof Request.Serve serve)) {
      return request;
    }
    List<Flags.Note> notes = Stream.concat(options.notes.stream(), serve.notes().stream()).toList();
    return new Request.Serve(serve.config(), notes);
  }

  private void take(String argument, Iterator<String> rest) throws UsageException {
    if (!argument.startsWith("-") || argument.equals("-") || argument.equals("--")) {
      throw new UsageException("\"" + argument + "\" is not a flag");
    }
    String[] parts = argument.replaceFirst("^--?", "").split("=", 2);
    String name =
        switch (parts[0]) {
          case "h" -> "help";
          case "v" -> "version";
          default -> parts[0];
        };
    if (parts.length == 2) {
      give(name, parts[1]);
    } else if (SWITCHES.contains(name) || name.equals("metrics-enable-profiling")) {
      give(name, "true");
    } else if (rest.hasNext()) {
      give(name, rest.next());
    } else {
      throw new UsageException("--" + name + " needs a value");
    }
  }

  private void variables(Map<String, String> env) throws UsageException {
    for (String variable : env.keySet().stream().sorted().toList()) {
      String value = env.get(variable);
      if (variable.startsWith(VARIABLE) && value != null && !value.isEmpty()) {
        String name =
            variable.substring(VARIABLE.length()).toLowerCase(Locale.ROOT).replace('_', '-');
        // Kubernetes sets KINE_SERVICE_HOST and the like where a service is named kine.
        if (isKnown(name) && !given.containsKey(name)) {
          give(name, value);
        }
      }
    }
  }

  private static boolean isKnown(String name) {
    return TAKEN.contains(name)
        || SWITCHES.contains(name)
        || WITHOUT_MEANING.contains(name)
        || name.equals("metrics-enable-profiling")
        || name.equals("identity-provider");
  }

  private void give(String name, String value) throws UsageException {
    if (WITHOUT_MEANING.contains(name)) {
      notes.add(new Flags.Note("this flag has no meaning here", "flag", "--" + name));
    } else if (TAKEN.contains(name) || SWITCHES.contains(name)) {
      given.put(name, value);
    } else if (!name.equals("metrics-enable-profiling") || isTrue("--" + name, value)) {
      throw new UsageException(
          "--" + name + " is no flag of kine's that Rowan serves; rowan kine --help lists them");
    }
  }

  private List<String> translated(Map<String, String> env) throws UsageException {
    List<String> args = new ArrayList<>();
    boolean tls = tls(args);
    args.add("--listen-client-urls=" + url("listen-address", tls));
    if (!value("metrics-bind-address", ":8080").equals("0")) {
      boolean secret = tls && !isTrue("metrics-ignore-tls-config");
      args.add("--listen-metrics-urls=" + url("metrics-bind-address", secret));
    }
    args.add("--log-format=" + logFormat());
    if (isTrue("debug")) {
      args.add("--log-level=debug");
    }
    args.add("--watch-progress-notify-interval=" + value("watch-progress-notify-interval", "5s"));
    args.add("--compaction-batch-limit=" + value("compact-batch-size", "1000"));
    if (compacts()) {
      args.add("--auto-compaction-mode=revision");
      args.add("--auto-compaction-retention=" + value("compact-min-retain", "1000"));
    }
    place(args, env);
    return args;
  }

  private boolean tls(List<String> args) throws UsageException {
    String certificate = value("server-cert-file", "");
    String key = value("server-key-file", "");
    if (certificate.isEmpty() != key.isEmpty()) {
      throw new UsageException("--server-cert-file and --server-key-file go together");
    }
    if (certificate.isEmpty()) {
      return false;
    }
    args.add("--cert-file=" + certificate);
    args.add("--key-file=" + key);
    String authorities = value("trusted-ca-file", "");
    if (!authorities.isEmpty()) {
      args.add("--trusted-ca-file=" + authorities);
    }
    return true;
  }

  /** An address as Go's listeners take it, as a URL. */
  private String url(String name, boolean tls) throws UsageException {
    String address = value(name, name.equals("listen-address") ? "0.0.0.0:2379" : ":8080");
    int scheme = address.indexOf("://");
    String place = scheme < 0 ? address : address.substring(scheme + "://".length());
    if (address.startsWith("unix://")) {
      return (tls ? "unixs://" : "unix://") + place;
    }
    int colon = place.lastIndexOf(':');
    if (colon < 0 || !place.substring(colon + 1).matches("[0-9]{1,5}")) {
      throw new UsageException("--" + name + ": \"" + address + "\" is not host:port");
    }
    return (tls ? "https://" : "http://") + (colon == 0 ? "0.0.0.0" : "") + place;
  }

  private String logFormat() throws UsageException {
    String format = value("log-format", "plain");
    return switch (format) {
      case "plain" -> "console";
      case "json" -> "json";
      default -> throw new UsageException("--log-format: \"" + format + "\" is not plain or json");
    };
  }

  private boolean compacts() throws UsageException {
    String interval = value("compact-interval", "0");
    try {
      Duration duration = GoDuration.parse(interval);
      return !duration.isZero() && !duration.isNegative();
    } catch (IllegalArgumentException e) {
      throw new UsageException("--compact-interval: \"" + interval + "\" is not a duration");
    }
  }

  private void place(List<String> args, Map<String, String> env) throws UsageException {
    String endpoint = value("endpoint", "").strip();
    if (!NO_ENDPOINT.contains(endpoint)) {
      args.add("--endpoint=" + withTls(endpoint));
    } else if (PLACES.stream().noneMatch(env::containsKey)) {
      args.add("--endpoint=" + DEFAULT_ENDPOINT);
    }
    // Several instances over one database are told apart by it; a pod's is its own.
    String host = env.get("HOSTNAME");
    if (host != null && !host.isEmpty() && !env.containsKey("ETCD_NAME")) {
      args.add("--name=" + host);
    }
  }

  /** The endpoint with the files for its connection, but for what it says of TLS itself. */
  private String withTls(String endpoint) throws UsageException {
    if (!endpoint.matches("(?s)(?:postgres|postgresql|mysql|mariadb)://.*")) {
      return endpoint;
    }
    boolean unverified = isTrue("skip-verify");
    Map<String, String> options = new LinkedHashMap<>();
    put(options, "sslcert", given.get("cert-file"));
    put(options, "sslkey", given.get("key-file"));
    put(options, "sslrootcert", unverified ? null : given.get("ca-file"));
    if (unverified) {
      options.put("sslmode", "require");
    } else if (!options.isEmpty()) {
      options.put("sslmode", "verify-full");
    }
    int question = endpoint.indexOf('?', Math.max(0, endpoint.lastIndexOf('@')));
    String query = question < 0 ? "" : endpoint.substring(question + 1);
    for (String option : query.split("&", -1)) {
      switch (option.replaceFirst("=.*", "")) {
        case "sslcert", "ssl-cert" -> options.remove("sslcert");
        case "sslkey", "ssl-key" -> options.remove("sslkey");
        case "sslrootcert", "ssl-ca" -> options.remove("sslrootcert");
        case "sslmode", "ssl-mode", "tls" -> options.remove("sslmode");
        default -> {}
      }
    }
    var text = new StringBuilder(endpoint);
    String separator = question < 0 ? "?" : "&";
    for (Map.Entry<String, String> option : options.entrySet()) {
      String value = URLEncoder.encode(option.getValue(), StandardCharsets.UTF_8);
      text.append(separator).append(option.getKey()).append('=').append(value.replace("+", "%20"));
      separator = "&";
    }
    return text.toString();
  }

  private static void put(Map<String, String> options, String name, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      options.put(name, value);
    }
  }

  private String value(String name, String otherwise) {
    return given.getOrDefault(name, otherwise);
  }

  private boolean isTrue(String name) throws UsageException {
    return isTrue("--" + name, value(name, "false"));
  }

  private static boolean isTrue(String label, String value) throws UsageException {
    return switch (value.toLowerCase(Locale.ROOT)) {
      case "true", "1", "t" -> true;
      case "false", "0", "f" -> false;
      default -> throw new UsageException(label + ": \"" + value + "\" is not true or false");
    };
  }
}
