package dev.rowan;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

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

  private static final Set<String> TARGET =
      Set.of(
          "endpoint",
          "data-dir",
          "name",
          "initial-cluster",
          "initial-cluster-token",
          "initial-advertise-peer-urls");

  private RestoreOptions() {}

  /** Reads what follows {@link #COMMAND}. */
  static Request parse(List<String> args, Map<String, String> env) throws UsageException {
    CommandArguments given = CommandArguments.read(COMMAND, args, TARGET, Set.of(SKIP_HASH_CHECK));
    if (given.help()) {
      return new Request.Print(HELP);
    }
    if (given.positional().isEmpty()) {
      throw new UsageException("restore needs a value: the path of a snapshot");
    }
    if (given.positional().size() > 1) {
      throw new UsageException(
          "restore takes one snapshot; \"" + given.positional().get(1) + "\" is another");
    }
    List<String> target = given.given(TARGET);
    Map<String, String> where = CommandArguments.variables(target, env, VARIABLES);
    String snapshot = given.positional().getFirst();
    try {
      return Options.restore(
          Path.of(snapshot), given.switches().contains(SKIP_HASH_CHECK), target, where);
    } catch (InvalidPathException e) {
      throw new UsageException("restore: \"" + snapshot + "\" is not a path");
    }
  }
}
