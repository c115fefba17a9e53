package dev.rowan.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.tukaani.xz.XZInputStream;

/**
 * A PostgreSQL server of a test's own, as it is installed: durable, and free to be killed. {@link
 * Postgres} is quicker for tests that only need a database. Not thread-safe.
 */
public final class PostgresServer implements DatabaseServer {
  /** In the jar of the binaries; the name is its maker's. */
  private static final String ARCHIVE = "/postgres-linux-x86_64.txz";

  /** So that the write-ahead log of a small disk is small. */
  private static final String SMALL_SEGMENTS = "--wal-segsize=1";

  private static final String READY = "database system is ready to accept connections";

  private final AtomicInteger databases = new AtomicInteger();
  private final ServerProcess process;
  private final int port;
  private final DataFolder data;

  private PostgresServer(ServerProcess process, int port, DataFolder data) {
    this.process = process;
    this.port = port;
    this.data = data;
  }

  /** Unpacks the programs once a JVM. */
  private static final class Programs {
    static final Path FOLDER = unpack();

    private static Path unpack() {
      Path folder = Server.newFolder("postgres-programs");
      try (InputStream archive = PostgresServer.class.getResourceAsStream(ARCHIVE)) {
        if (archive == null) {
          throw new IllegalStateException("no PostgreSQL for this platform on the class path");
        }
        Process tar =
            new ProcessBuilder("tar", "-x", "-C", folder.toString())
                .redirectErrorStream(true)
                .start();
        try (var out = tar.getOutputStream()) {
          new XZInputStream(archive).transferTo(out);
        }
        requireSuccess(tar, "tar");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return folder.resolve("bin");
    }
  }

  /** Makes an empty server; returns when it serves. */
  public static PostgresServer start() {
    Path folder = Server.newFolder("postgres");
    return start(folder, folder.resolve("data"));
  }

  /** Makes an empty server with all that it writes in a folder; returns when it serves. */
  public static PostgresServer startIn(Path folder) {
    return start(Server.newFolder("postgres"), folder.resolve("data"), SMALL_SEGMENTS);
  }

  /** Likewise, but for its write-ahead log, which is elsewhere. */
  public static PostgresServer startWithTablesIn(Path folder) {
    Path own = Server.newFolder("postgres");
    String elsewhere = "--waldir=" + own.resolve("wal");
    return start(own, folder.resolve("data"), SMALL_SEGMENTS, elsewhere);
  }

  /**
   * Makes an empty server that takes users, but for its own, by TLS with a certificate.
   *
   * @param root who issues those certificates
   */
  public static PostgresServer startWithTls(Path root, Path certificate, Path key) {
    Path folder = Server.newFolder("postgres");
    Path data = folder.resolve("data");
    init(data);
    Path users = folder.resolve("users.conf");
    try {
      Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-------"));
      Files.writeString(
          users,
          """
          host all postgres 127.0.0.0/8 trust
          hostssl all all 127.0.0.0/8 trust clientcert=verify-ca
          """);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return serve(
        folder,
        data,
        "hba_file=" + users,
        "listen_addresses=127.0.0.1,127.0.0.2",
        "ssl=on",
        "ssl_ca_file=" + root,
        "ssl_cert_file=" + certificate,
        "ssl_key_file=" + key);
  }

  private static PostgresServer start(Path folder, Path data, String... initdbFlags) {
    init(data, initdbFlags);
    return serve(folder, data);
  }

  private static void init(Path data, String... flags) {
    List<String> made =
        program("initdb", "--pgdata=" + data, "--username=postgres", "--auth=trust");
    made.addAll(List.of(flags));
    try {
      requireSuccess(new ProcessBuilder(made).redirectErrorStream(true).start(), "initdb");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static PostgresServer serve(Path folder, Path data, String... settings) {
    int port = Ports.free();
    List<String> command =
        program(
            "postgres", "-D", data.toString(), "-p", "" + port, "-c", "unix_socket_directories=");
    for (String setting : settings) {
      command.addAll(List.of("-c", setting));
    }
    ServerProcess process = ServerProcess.start(command, folder.resolve("log"), READY);
    return new PostgresServer(process.awaitReady(), port, new DataFolder(data));
  }

  /** PostgreSQL refuses to run as root, so there it gets a user namespace without one. */
  private static List<String> program(String name, String... arguments) {
    List<String> command = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("unshare", "--user"));
    }
    command.add(Programs.FOLDER.resolve(name).toString());
    command.addAll(List.of(arguments));
    return command;
  }

  private static void requireSuccess(Process process, String name) throws IOException {
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.onExit().join().exitValue() != 0) {
      throw new IllegalStateException(name + ":\n" + output);
    }
  }

  @Override
  public String newDatabase() {
    String name = "rowan_" + databases.incrementAndGet();
    execute("CREATE DATABASE " + name);
    return "postgres://postgres@127.0.0.1:" + port + "/" + name;
  }

  /** Where it listens, on the loopback address. */
  public int port() {
    return port;
  }

  @Override
  public void cutConnections() {
    execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'rowan\\_%'");
  }

  @Override
  public void refuseConnections() {
    allowConnections(false);
    cutConnections();
  }

  @Override
  public void acceptConnections() {
    allowConnections(true);
  }

  private void allowConnections(boolean allow) {
    for (int i = 1; i <= databases.get(); i++) {
      execute("ALTER DATABASE rowan_" + i + " ALLOW_CONNECTIONS " + allow);
    }
  }

  @Override
  public void backUp() {
    data.backUp();
  }

  @Override
  public void putBack() {
    data.putBack();
  }

  @Override
  public void kill() {
    process.killTree();
  }

  @Override
  public void hang() {
    process.signalTree("STOP");
  }

  @Override
  public void goOn() {
    process.signalTree("CONT");
  }

  @Override
  public boolean isRunning() {
    return process.isAlive();
  }

  @Override
  public void startAgain() {
    process.startAgain();
  }

  @Override
  public void close() {
    process.killTree();
  }

  /** Runs a statement as the server's own user. */
  public void execute(String sql) {
    String url = "jdbc:postgresql://127.0.0.1:" + port + "/postgres?user=postgres";
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
