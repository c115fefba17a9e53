package dev.rowan;

import dev.rowan.Options.Request;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@code rowan restore}. Where the data goes is said as to the server: by its
 * flags, or else by its variables, or else it is the server's default.
 */
final class RestoreOptions {
  static final String COMMAND = "restore";

  private static final String SKIP_HASH_CHECK = "skip-hash-check";

  /** Variables that say where the data is; others of the server's have no meaning here. */
  private static final Set<String> VARIABLES =
      Set.of(
          "ETCD_DATA_DIR",
          "ETCD_NAME",
          "ETCD_ENDPOINT",
          "ROWAN_ENDPOINT",
          "ETCD_INITIAL_CLUSTER",
          "ETCD_INITIAL_CLUSTER_TOKEN",
          "ETCD_INITIAL_ADVERTISE_PEER_URLS");

  private static final String HELP =
      """
      Usage: rowan restore SNAPSHOT [flags]

      Restores a snapshot of etcd's or Rowan's, as etcdctl snapshot save wrote it, into an empty
      store: keys with their revisions, leases, users, roles and alarms. Nothing is restored if
      anything fails. Variables of the server's say where to if no flag does.

      With --initial-cluster it restores one member of a new quorum. Restore each of them, from the
      same file and with its own --name, and then start them with the same flags.

        --endpoint <URL>
            Database instead of --data-dir, as the server's flag.
        --data-dir <path>
            Directory of the SQLite database. Default: ${name}.rowan.
        --name <text>
            Name of the member. Default: default.
        --initial-cluster <name=URL,...>
            Members of the new quorum, as the server's flag.
        --initial-cluster-token <text>
            Tells quorums of the same URLs apart. Default: etcd-cluster.
        --initial-advertise-peer-urls <URLs>
            Where the other members reach this one: those that --initial-cluster has for it.
        --skip-hash-check
            Restore a file without a checksum: a copy of etcd's member/snap/db.
        --help
            Print this help and exit.
      """;

  private final List<String> target = new ArrayList<>();
  private boolean skipHashCheck;
  private boolean help;
  private @Nullable String snapshot;

  private RestoreOptions() {}

  /** Reads what follows {@link #COMMAND}. */
  static Request parse(List<String> args, Map<String, String> env) throws UsageException {
    RestoreOptions options = new RestoreOptions();
    int next = 0;
    while (next < args.size()) {
      next += options.take(args.get(next), next + 1 < args.size() ? args.get(next + 1) : null);
    }
    return options.help ? new Request.Print(HELP) : options.request(env);
  }

  private Request request(Map<String, String> env) throws UsageException {
    if (snapshot == null) {
      throw new UsageException("restore needs a value: the path of a snapshot");
    }
    Map<String, String> where = new HashMap<>();
    if (target.isEmpty()) {
      where.putAll(env);
      where.keySet().retainAll(VARIABLES);
    }
    try {
      return Options.restore(Path.of(snapshot), skipHashCheck, target, where);
    } catch (InvalidPathException e) {
      throw new UsageException("restore: \"" + snapshot + "\" is not a path");
    }
  }

  /** Takes an argument, with the one after it where that is its value; returns how many. */
  private int take(String argument, @Nullable String following) throws UsageException {
    if (!argument.startsWith("-") || argument.equals("-")) {
      takeSnapshot(argument);
      return 1;
    }
    String[] parts = argument.replaceFirst("^--?", "").split("=", 2);
    String value = parts.length == 2 ? parts[1] : null;
    switch (parts[0]) {
      case "help", "h" -> help = isTrue(argument, value);
      case SKIP_HASH_CHECK -> skipHashCheck = isTrue(argument, value);
      case "endpoint",
          "data-dir",
          "name",
          "initial-cluster",
          "initial-cluster-token",
          "initial-advertise-peer-urls" -> {
        String given = value == null ? following : value;
        if (given == null) {
          throw new UsageException("--" + parts[0] + " needs a value");
        }
        target.add("--" + parts[0] + "=" + given);
        return value == null ? 2 : 1;
      }
      default -> throw new UsageException("unknown flag --" + parts[0] + " of restore");
    }
    return 1;
  }

  private void takeSnapshot(String argument) throws UsageException {
    if (snapshot != null) {
      throw new UsageException("restore takes one snapshot; \"" + argument + "\" is another");
    }
    snapshot = argument;
  }

  private static boolean isTrue(String argument, @Nullable String value) throws UsageException {
    return switch (value) {
      case null -> true;
      case "true", "1", "t" -> true;
      case "false", "0", "f" -> false;
      default -> throw new UsageException(argument + " is not true or false");
    };
  }
}
