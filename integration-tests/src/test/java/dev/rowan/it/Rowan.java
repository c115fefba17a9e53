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
    return ServerProcess.start(
        Launcher.command(List.of(), arguments), Server.newFolder("restore").resolve("log"));
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
    String url = "http://127.0.0.1:" + port;
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
