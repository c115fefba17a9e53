package dev.rowan;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Endpoint;
import dev.rowan.moving.LiveSource;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The command lines of {@code rowan copy}, {@code rowan import} and {@code rowan export}. */
final class MoveOptions {
  static final String COPY = "copy";
  static final String IMPORT = "import";
  static final String EXPORT = "export";

  /** Keeps the password off the command line. */
  private static final String USER_VARIABLE = "ROWAN_IMPORT_USER";

  private static final String KINE = "kine:";

  /** Variables that say where the data is; others of the server's have no meaning here. */
  private static final Set<String> VARIABLES =
      Set.of("ETCD_DATA_DIR", "ETCD_NAME", "ETCD_ENDPOINT", "ROWAN_ENDPOINT");

  private static final Set<String> STORE = Set.of("endpoint", "data-dir", "name");

  private static final Set<String> LIVE_FLAGS = Set.of("prefix", "user", "cacert", "cert", "key");

  private static final Set<String> IMPORT_FLAGS =
      Stream.of(STORE, Set.of("from"), LIVE_FLAGS)
          .flatMap(Set::stream)
          .collect(Collectors.toUnmodifiableSet());

  private static final String STORE_HELP =
      """
        --endpoint <URL>
            Database instead of --data-dir, as the server's flag.
        --data-dir <path>
            Directory of the SQLite database. Default: ${name}.rowan.
        --name <text>
            Name of the instance. Default: default.
        --help
            Print this help and exit.
      """;

  private static final String COPY_HELP =
      """
      Usage: rowan copy FROM TO

      Copies a store of Rowan's from one database into another, which is empty: every revision,
      leases, users, roles and alarms. FROM and TO are URLs as the server's --endpoint takes them:
      sqlite:///path, postgres://…, mysql://…. What was written is read again and compared. Nothing
      is there if anything fails. A SQLite file must not be served meanwhile; of a database that is
      served, what it held when the copy began is copied.

        --help
            Print this help and exit.
      """;

  private static final String IMPORT_HELP =
      """
      Usage: rowan import --from SOURCE [flags]

      Imports a store into an empty one. Nothing is there if anything fails. SOURCE is

        http://HOST:PORT, https://…
            An etcd that runs, or a Rowan. It is asked for a snapshot: every revision comes along,
            with leases, users, roles and alarms, and the keys are compared by etcd's own hash. If it
            serves none, or not to this user, or with --prefix, keys come as they are at one
            revision, with their own revisions and leases, but no older ones.
        kine:sqlite:///PATH, kine:postgres://…, kine:mysql://…
            The database of a kine, which should be stopped. Keys come as they are, with their
            revisions, but no older ones. Keys with a lease live for its whole time from now.
        a path
            A snapshot of etcd's or Rowan's: rowan restore.

      Variables of the server's say where to if no flag does.

        --from <SOURCE>
            What to import.
        --prefix <text>
            Of an etcd that runs, only the keys that begin with this.
        --user <name:password>
            Who logs in there; also as ROWAN_IMPORT_USER.
        --cacert <path>
            Certificates that it is trusted by; without it those that Java trusts.
        --cert <path>, --key <path>
            Certificate and key to show it.
      """
          + STORE_HELP;

  private static final String EXPORT_HELP =
      """
      Usage: rowan export FILE [flags]

      Writes a store to a snapshot: a file of etcd's store that etcdutl snapshot restore and rowan
      restore take. A SQLite database must not be served meanwhile; of one that is served, etcdctl
      snapshot save takes it. Variables of the server's say where the store is if no flag does.

      """
          + STORE_HELP;

  private MoveOptions() {}

  static Request copy(List<String> args) throws UsageException {
    CommandArguments given = CommandArguments.read(COPY, args, Set.of(), Set.of());
    if (given.help()) {
      return new Request.Print(COPY_HELP);
    }
    List<String> ends = given.positional();
    if (ends.size() != 2) {
      throw new UsageException("copy needs two endpoints, FROM and TO; there are " + ends.size());
    }
    Endpoint from = endpoint("copy: FROM", ends.getFirst());
    Endpoint to = endpoint("copy: TO", ends.getLast());
    if (from.equals(to)) {
      throw new UsageException("copy: FROM and TO are the same");
    }
    return new Request.Copy(from, to);
  }

  static Request importing(List<String> args, Map<String, String> env) throws UsageException {
    CommandArguments given = CommandArguments.read(IMPORT, args, IMPORT_FLAGS, Set.of());
    if (given.help()) {
      return new Request.Print(IMPORT_HELP);
    }
    refuseMore(IMPORT, given.positional(), 0);
    String from = given.values().get("from");
    if (from == null) {
      throw new UsageException("import needs --from: a URL of etcd's, kine:ENDPOINT, or a path");
    }
    boolean live = from.startsWith("http://") || from.startsWith("https://");
    for (String flag : LIVE_FLAGS) {
      if (!live && given.values().containsKey(flag)) {
        throw new UsageException("--" + flag + " is for an etcd that runs: --from http://…");
      }
    }
    Endpoint to = store(given, env);
    if (live) {
      return new Request.LiveImport(source(from, given.values(), env), to);
    }
    if (from.startsWith(KINE)) {
      return new Request.KineImport(endpoint("--from", from.substring(KINE.length())), to);
    }
    if (from.contains("://")) {
      throw new UsageException(
          "--from: "
              + from.substring(0, from.indexOf("://"))
              + ":// is not the scheme of an etcd. kine's database is kine:ENDPOINT; rowan copy takes"
              + " one of Rowan's");
    }
    return new Request.Restore(path("--from", from), false, to, null);
  }

  static Request export(List<String> args, Map<String, String> env) throws UsageException {
    CommandArguments given = CommandArguments.read(EXPORT, args, STORE, Set.of());
    if (given.help()) {
      return new Request.Print(EXPORT_HELP);
    }
    if (given.positional().isEmpty()) {
      throw new UsageException("export needs a value: the path of a new file");
    }
    refuseMore(EXPORT, given.positional(), 1);
    return new Request.Export(store(given, env), path(EXPORT, given.positional().getFirst()));
  }

  private static void refuseMore(String command, List<String> positional, int most)
      throws UsageException {
    if (positional.size() > most) {
      throw new UsageException(command + ": \"" + positional.get(most) + "\" is too much");
    }
  }

  private static Endpoint store(CommandArguments given, Map<String, String> env)
      throws UsageException {
    List<String> flags = given.given(STORE);
    return Options.store(flags, CommandArguments.variables(flags, env, VARIABLES));
  }

  private static Endpoint endpoint(String label, String url) throws UsageException {
    if (!url.contains("://")) {
      throw new UsageException(
          label + " is no endpoint such as sqlite:///path or postgres://user@host/database");
    }
    try {
      return Endpoint.parse(url, Path.of("."));
    } catch (IllegalArgumentException e) {
      throw new UsageException(label + ": " + e.getMessage());
    }
  }

  private static Path path(String label, String text) throws UsageException {
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new UsageException(label + ": \"" + text + "\" is not a path");
    }
  }

  private static @Nullable Path optionalPath(Map<String, String> values, String flag)
      throws UsageException {
    String text = values.get(flag);
    return text == null ? null : path("--" + flag, text);
  }

  private static LiveSource source(String from, Map<String, String> values, Map<String, String> env)
      throws UsageException {
    if (values.containsKey("cert") != values.containsKey("key")) {
      throw new UsageException("--cert and --key need each other");
    }
    URI uri;
    try {
      uri = new URI(from);
    } catch (URISyntaxException e) {
      throw new UsageException("--from is no URL such as http://127.0.0.1:2379");
    }
    String path = uri.getPath();
    if (uri.getHost() == null
        || uri.getUserInfo() != null
        || !(path.isEmpty() || path.equals("/"))) {
      throw new UsageException("--from: an etcd's URL has a host and a port, and nothing else");
    }
    if (uri.getScheme().equals("http")
        && (values.containsKey("cacert") || values.containsKey("cert"))) {
      throw new UsageException("--cacert and --cert are for https://");
    }
    return new LiveSource(
        uri,
        optionalPath(values, "cacert"),
        optionalPath(values, "cert"),
        optionalPath(values, "key"),
        values.containsKey("user") ? values.get("user") : env.get(USER_VARIABLE),
        ByteString.copyFromUtf8(values.getOrDefault("prefix", "")));
  }
}
