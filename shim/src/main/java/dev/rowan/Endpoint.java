package dev.rowan;

import java.nio.file.Path;

/** Where the data is kept. */
public sealed interface Endpoint {

  /** A SQLite file, in a directory that is made if it is absent. */
  record Sqlite(Path file) implements Endpoint {}

  /**
   * A PostgreSQL database.
   *
   * @param url {@code postgres://user:password@host:port/database?parameters}
   */
  record Postgres(String url) implements Endpoint {
    /** Without the password, so that it may be logged. */
    @Override
    public String toString() {
      return url.replaceFirst("//([^:@/]*):[^@/]*@", "//$1:***@").replaceFirst("\\?.*", "");
    }
  }
}
