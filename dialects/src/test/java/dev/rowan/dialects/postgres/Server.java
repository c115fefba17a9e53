package dev.rowan.dialects.postgres;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** A PostgreSQL server for the tests of this JVM, and databases in it. */
final class Server {
  private static final EmbeddedPostgres SERVER = start();
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private Server() {}

  private static EmbeddedPostgres start() {
    try {
      return EmbeddedPostgres.builder().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String host() {
    return "localhost:" + SERVER.getPort();
  }

  static String newDatabase() {
    return "test" + DATABASES.incrementAndGet();
  }

  static Map<String, String> login() {
    return Map.of("user", "postgres", "password", "postgres");
  }

  static void execute(String database, String sql) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  static Connection connect(String database) throws SQLException {
    String url = "jdbc:postgresql://" + host() + "/" + database;
    return DriverManager.getConnection(url, "postgres", "postgres");
  }

  /** What a query of one number gives. */
  static long number(String database, String sql) throws SQLException {
    try (Connection connection = connect(database);
        Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      result.next();
      return result.getLong(1);
    }
  }
}
