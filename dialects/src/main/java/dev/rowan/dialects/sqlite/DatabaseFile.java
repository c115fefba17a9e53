package dev.rowan.dialects.sqlite;

import dev.rowan.dialects.LogException;
import dev.rowan.dialects.Schema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import org.flywaydb.core.api.FlywayException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * The file, who may open it, and how connections to it are set up. Immutable, but for the lock that
 * it holds until it is closed.
 */
final class DatabaseFile implements AutoCloseable {
  static final Set<PosixFilePermission> FILE_MODE = PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> FOLDER_MODE =
      PosixFilePermissions.fromString("rwx------");

  /** "Rown" in ASCII, in the header of each of our files. */
  static final int APPLICATION_ID = 0x526F776E;

  /** Bytes of SQLite's header, and where in it the application id stands. */
  private static final int HEADER_BYTES = 100;

  private static final int APPLICATION_ID_OFFSET = 68;
  private static final String MAGIC = "SQLite format 3\0";

  /** How long to wait for another program's lock, a backup's say, before the call fails. */
  private static final int BUSY_TIMEOUT_MILLIS = 5_000;

  /**
   * Bytes of a page. A million rows of 512 B load in 2.8 s with 4,096 and with 8,192 alike; a lone
   * put writes each page that it touches to the WAL entirely, which speaks for the smaller.
   */
  private static final int PAGE_BYTES = 4096;

  /** Pages in the WAL after which a commit carries them over into the file, SQLite's default. */
  private static final int AUTOCHECKPOINT_PAGES = 1000;

  private final Path path;
  private final FileLock lock;
  private final Sync sync;

  /** What reaches the disk when. */
  enum Sync {
    /** Every commit, before it returns. */
    COMMITS(SQLiteConfig.SynchronousMode.FULL),
    /** What is carried over from the WAL: a power cut takes the last commits, and no more. */
    CHECKPOINTS(SQLiteConfig.SynchronousMode.NORMAL),
    /** Nothing: a power cut may damage the file. */
    NOTHING(SQLiteConfig.SynchronousMode.OFF);

    private final SQLiteConfig.SynchronousMode mode;

    Sync(SQLiteConfig.SynchronousMode mode) {
      this.mode = mode;
    }
  }

  private DatabaseFile(Path path, FileLock lock, Sync sync) {
    this.path = path;
    this.lock = lock;
    this.sync = sync;
  }

  /** Locks the file, and creates it with its folder where they are missing. */
  static DatabaseFile claim(Path name, Sync sync) throws LogException {
    try {
      Path path = realPath(name);
      FileLock lock = FileLock.take(path);
      try {
        DatabaseFile file = new DatabaseFile(path, lock, sync);
        file.checkOrCreate();
        return file;
      } catch (LogException | IOException e) {
        lock.close();
        throw e;
      }
    } catch (IOException e) {
      throw new LogException.Unavailable("opening " + name + ": " + e, e);
    }
  }

  private static Path realPath(Path name) throws IOException {
    Path absolute = name.toAbsolutePath();
    if (Files.exists(absolute)) {
      return absolute.toRealPath();
    }
    Path folder = absolute.getParent();
    if (folder == null) {
      throw new IOException("not a file name");
    }
    Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(FOLDER_MODE));
    return folder.toRealPath().resolve(absolute.getFileName());
  }

  /**
   * Reads the header by hand, before SQLite sees the file: opening a stranger's database could
   * already roll back or checkpoint it.
   */
  private void checkOrCreate() throws LogException, IOException {
    Path journal = path.resolveSibling(path.getFileName() + "-journal");
    if (!Files.exists(path) || Files.size(path) == 0 || Files.exists(journal)) {
      create();
      return;
    }
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.read(header, 0);
    }
    byte[] magic = MAGIC.getBytes(StandardCharsets.ISO_8859_1);
    boolean sqlite = header.slice(0, magic.length).equals(ByteBuffer.wrap(magic));
    if (header.hasRemaining() || !sqlite) {
      throw new LogException.Corrupt(
          path + " is not a SQLite database, or its header is damaged. Restore a backup", null);
    }
    int application = header.getInt(APPLICATION_ID_OFFSET);
    if (application != APPLICATION_ID) {
      throw new LogException.Corrupt(
          path
              + " is a SQLite database of another program (application id "
              + application
              + "); it was left as it is. Name another file",
          null);
    }
  }

  /**
   * Writes a database without tables. The application id is the first thing written, together with
   * what cannot be changed later, so that a file left by a crash is either empty or ours.
   */
  private void create() throws LogException, IOException {
    if (!Files.exists(path)) {
      Files.createFile(path, PosixFilePermissions.asFileAttribute(FILE_MODE));
    }
    SQLiteConfig config = new SQLiteConfig();
    config.setPageSize(PAGE_BYTES);
    try (Connection connection = config.createConnection("jdbc:sqlite:" + path);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate("PRAGMA auto_vacuum = INCREMENTAL");
      statement.executeUpdate("PRAGMA application_id = " + APPLICATION_ID);
      statement.execute("PRAGMA journal_mode = WAL");
    } catch (SQLException e) {
      throw SqliteErrors.translate(e, "creating " + path);
    }
  }

  /** Makes the tables, or brings them up to this version; the cluster's id is of a new store. */
  void migrate(long clusterId) throws SQLException, LogException {
    int version;
    try (Connection connection = openWriter();
        ResultSet result = connection.createStatement().executeQuery("PRAGMA user_version")) {
      version = result.next() ? result.getInt(1) : 0;
    }
    if (Schema.behind(version, path.toString())) {
      SQLiteDataSource source = new SQLiteDataSource(config());
      source.setUrl("jdbc:sqlite:" + path);
      try {
        Schema.migrate(source, "sqlite", clusterId);
      } catch (FlywayException e) {
        throw new LogException.Corrupt("creating the tables of " + path, e);
      }
    }
  }

  /** Opens the connection that writes, in manual commit. */
  Connection openWriter() throws SQLException {
    SQLiteConfig config = config();
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    config.setWalAutocheckpoint(AUTOCHECKPOINT_PAGES);
    Connection connection = config.createConnection("jdbc:sqlite:" + path);
    connection.setAutoCommit(false);
    return connection;
  }

  /** Opens a connection that only reads, in autocommit. */
  Connection openReader() throws SQLException {
    SQLiteConfig config = config();
    config.setReadOnly(true);
    return config.createConnection("jdbc:sqlite:" + path);
  }

  SQLiteConfig config() {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    config.setSynchronous(sync.mode);
    // Costs a query an insert otherwise.
    config.setGetGeneratedKeys(false);
    return config;
  }

  Path path() {
    return path;
  }

  /** Bytes of the WAL; 0 if there is none, as after a clean close. */
  long walBytes() {
    return wal().toFile().length();
  }

  private Path wal() {
    return path.resolveSibling(path.getFileName() + "-wal");
  }

  /**
   * Waits until what was written to the WAL, which the writer's connection keeps, is on the disk.
   */
  void sync() throws LogException {
    try (FileChannel channel = FileChannel.open(wal(), StandardOpenOption.WRITE)) {
      channel.force(false);
    } catch (IOException e) {
      throw new LogException.Unavailable("syncing " + path + ": " + e, e);
    }
  }

  @Override
  public void close() {
    lock.close();
  }
}
