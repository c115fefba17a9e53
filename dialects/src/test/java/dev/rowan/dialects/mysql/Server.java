package dev.rowan.dialects.mysql;

import dev.rowan.dialects.Endpoint;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The server for the tests of this JVM, and databases in it: a MariaDB of its own, or whichever the
 * environment names, such as {@code ROWAN_TEST_MYSQL_URL=mysql://root:secret@127.0.0.1:3306/}. Its
 * user must be allowed everything; databases whose names begin with {@code rowan_test} are made and
 * dropped there.
 */
final class Server {
  private static final @Nullable String GIVEN = System.getenv("ROWAN_TEST_MYSQL_URL");
  private static final Endpoint.Mysql ENDPOINT = endpoint();
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private Server() {}

  private static Endpoint.Mysql endpoint() {
    if (GIVEN != null) {
      return (Endpoint.Mysql) Endpoint.parse(GIVEN, Path.of("."));
    }
    return new Endpoint.Mysql("127.0.0.1:" + MariaDb.start().port(), "mysql", login("root", ""));
  }

  /** Whether the server is one of which the tests know what it is. */
  static boolean isOwn() {
    return GIVEN == null;
  }

  static Map<String, String> login(String user, String password) {
    return Map.of(
        "user", user, "password", password, "sslMode", "allow", MysqlTls.OPTION, MysqlTls.TYPE);
  }

  static String host() {
    return ENDPOINT.hosts();
  }

  static Map<String, String> login() {
    return ENDPOINT.properties();
  }

  /** The name of a database that is not there. */
  static String newDatabase() {
    String name = "rowan_test" + DATABASES.incrementAndGet();
    try {
      execute("", "DROP DATABASE IF EXISTS " + name);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return name;
  }

  static void execute(String database, String sql) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  static Connection connect(String database) throws SQLException {
    Properties properties = new Properties();
    properties.putAll(login());
    properties.put("allowMultiQueries", "true");
    return DriverManager.getConnection("jdbc:mariadb://" + host() + "/" + database, properties);
  }

  /** What a query of one number gives. */
  static long number(String sql) throws SQLException {
    try (Connection connection = connect("");
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }
}
