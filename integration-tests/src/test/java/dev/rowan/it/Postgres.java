package dev.rowan.it;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;

/** One PostgreSQL server a JVM, started when first needed, with any number of databases. */
public final class Postgres {
  private static final AtomicInteger DATABASES = new AtomicInteger();

  private Postgres() {}

  /** Holds the server; its shutdown hook stops it. */
  private static final class Holder {
    static final EmbeddedPostgres SERVER = start();

    private static EmbeddedPostgres start() {
      try {
        return EmbeddedPostgres.builder().setServerConfig("max_connections", "300").start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A connection of a test's own to the database of an endpoint that was made here. */
  public static Connection connect(String endpoint) throws SQLException {
    String name = endpoint.substring(endpoint.lastIndexOf('/') + 1);
    return Holder.SERVER.getDatabase("postgres", name).getConnection();
  }

  /** Makes an empty database and returns its endpoint for Rowan. */
  public static String newDatabase() {
    String name = "rowan_" + DATABASES.incrementAndGet();
    try (Connection connection = Holder.SERVER.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE DATABASE " + name);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
    return "postgres://postgres@127.0.0.1:" + Holder.SERVER.getPort() + "/" + name;
  }
}
