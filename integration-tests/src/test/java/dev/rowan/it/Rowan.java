package dev.rowan.it;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Starts the packaged Rowan, as a user does: by its launcher, in a JVM of its own. */
public final class Rowan {
  private Rowan() {}

  /** A server over a new SQLite file; returns when it serves. */
  public static Server overSqlite(String... flags) {
    Path folder = Server.newFolder("rowan-sqlite");
    return start("rowan-sqlite", folder, "sqlite://" + folder.resolve("rowan.db"), flags);
  }

  /** A server over a new SQLite file with this heap, in MiB; returns when it serves. */
  public static Server withHeap(int megabytes, String... flags) {
    Path folder = Server.newFolder("rowan-heap");
    int port = Ports.free();
    String endpoint = "sqlite://" + folder.resolve("rowan.db");
    List<String> jvm = List.of("-Xmx" + megabytes + "m", "-XX:+ExitOnOutOfMemoryError");
    ServerProcess process = launch(jvm, folder, port, endpoint, flags);
    return new Server("rowan-heap", process.awaitReady(), port, folder);
  }

  /** A server over a new PostgreSQL database; returns when it serves. */
  public static Server overPostgres(String... flags) {
    return over(Postgres.newDatabase(), flags);
  }

  /** A server over a new MariaDB database; returns when it serves. */
  public static Server overMariaDb(String... flags) {
    return over(MariaDbServer.shared().newDatabase(), flags);
  }

  /** A server over a database that may hold data already; returns when it serves. */
  public static Server over(String endpoint, String... flags) {
    return start("rowan-shared", Server.newFolder("rowan-shared"), endpoint, flags);
  }

  /**
   * A server over a database, for suites that start many and ask each for little; returns when it
   * serves. Its JVM leaves out the compiler that would take half of the processors' time for what
   * ends before it pays.
   */
  public static Server shortLived(String endpoint, String... flags) {
    Path folder = Server.newFolder("rowan-short");
    int port = Ports.free();
    ServerProcess process =
        launch(List.of("-XX:TieredStopAtLevel=1"), folder, port, endpoint, flags);
    return new Server("rowan-short", process.awaitReady(), port, folder);
  }

  /** The endpoint of a new SQLite file. */
  public static String newFile() {
    return "sqlite://" + Server.newFolder("rowan-file").resolve("rowan.db");
  }

  /** A server over the same database, and on the same port, as another; returns when it serves. */
  public static Server beside(Server other, String endpoint, String... flags) {
    Path folder = Server.newFolder("rowan-beside");
    ServerProcess process = launch(folder, other.port(), endpoint, flags);
    return new Server("rowan-beside", process.awaitReady(), other.port(), folder);
  }

  /** Starts a server that is expected to end by itself; returns at once. */
  public static ServerProcess launch(String endpoint, String... flags) {
    return launch(Server.newFolder("rowan"), Ports.free(), endpoint, flags);
  }

  /** Runs {@code rowan restore} to its end. */
  public static ServerProcess restore(Path snapshot, String endpoint, String... flags) {
    ServerProcess process = restoring(snapshot, endpoint, flags);
    process.awaitExit();
    return process;
  }

  /** Begins {@code rowan restore}; returns at once. */
  public static ServerProcess restoring(Path snapshot, String endpoint, String... flags) {
    List<String> arguments =
        new ArrayList<>(List.of("restore", snapshot.toString(), "--endpoint=" + endpoint));
    arguments.addAll(Arrays.asList(flags));
    return command(arguments);
  }

  /** Begins what isn't serving, {@code rowan copy} say; returns at once. */
  public static ServerProcess command(List<String> arguments) {
    return ServerProcess.start(
        Launcher.command(List.of(), arguments), Server.newFolder("command").resolve("log"));
  }

  /** The members of a new quorum, each with a folder of its own; returns when all serve. */
  public static List<Server> quorum(int count, String... flags) {
    return Members.start(
        count, (name, peerPort, cluster) -> member(name, peerPort, cluster, flags));
  }

  /** Starts a member of a quorum; returns before it serves, which it may need others for. */
  public static Server member(String name, int peerPort, String cluster, String... flags) {
    return member(List.of(), name, Ports.free(), peerPort, cluster, flags);
  }

  /**
   * Starts a member of a quorum, with a new folder; returns at once.
   *
   * @param jvm flags of the JVM's
   * @param port where clients reach it
   * @param listen the port where it listens for other members
   * @param cluster all members, as in --initial-cluster
   */
  public static Server member(
      List<String> jvm, String name, int port, int listen, String cluster, String... flags) {
    List<String> own =
        new ArrayList<>(
            List.of(
                "--name=" + name,
                "--listen-peer-urls=" + Members.url(listen),
                "--initial-cluster=" + cluster));
    own.addAll(Arrays.asList(flags));
    Path folder = Server.newFolder("rowan-member");
    String endpoint = "sqlite://" + folder.resolve("data").resolve("rowan.db");
    ServerProcess process = launch(jvm, folder, port, endpoint, own.toArray(String[]::new));
    return new Server("rowan-member", process, port, folder);
  }

  /** A quorum's member with its data below the folder, started; returns at once. */
  public static Server member(Path folder, int port, String... flags) {
    String endpoint = "sqlite://" + folder.resolve("data").resolve("rowan.db");
    return new Server("rowan-member", launch(folder, port, endpoint, flags), port, folder);
  }

  private static Server start(String name, Path folder, String endpoint, String... flags) {
    int port = Ports.free();
    ServerProcess process = launch(folder, port, endpoint, flags);
    return new Server(name, process.awaitReady(), port, folder);
  }

  private static ServerProcess launch(Path folder, int port, String endpoint, String... flags) {
    return launch(List.of(), folder, port, endpoint, flags);
  }

  private static ServerProcess launch(
      List<String> jvm, Path folder, int port, String endpoint, String... flags) {
    String url = Members.url(port);
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--endpoint=" + endpoint,
                "--listen-client-urls=" + url,
                "--advertise-client-urls=" + url));
    arguments.addAll(Arrays.asList(flags));
    return ServerProcess.start(Launcher.command(jvm, arguments), folder.resolve("log"));
  }
}
