package dev.rowan.it;

import dev.rowan.tls.Authority;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Path;
import java.util.List;

/**
 * A database that a user may use who shows a certificate, and nobody else; and the files of such a
 * user.
 *
 * @param endpoint as kine is told it, without the files
 * @param root who issued both certificates
 * @param key in the form that Go and cfssl write, SEC1
 */
public record TlsDatabase(
    DatabaseServer server, String endpoint, Path root, Path certificate, Path key)
    implements AutoCloseable {

  /** The products that have one. */
  public enum Product {
    POSTGRES,
    MARIADB
  }

  /** Starts one, with the user's files in a folder. */
  public static TlsDatabase start(Product product, Path folder) {
    Authority authority = new Authority();
    Path root = authority.writeRoot(folder);
    List<Path> pair = Authority.write(folder, "server", authority.server());
    X509Bundle user = authority.client("rowan");
    Path certificate = Authority.write(folder, "user", user).getFirst();
    Path key = Authority.writeSec1(folder, "user", user);
    return switch (product) {
      case POSTGRES -> {
        var server = PostgresServer.startWithTls(root, pair.getFirst(), pair.getLast());
        server.execute("CREATE USER shown CREATEDB");
        String endpoint = "postgres://shown@127.0.0.1:" + server.port() + "/shown";
        yield new TlsDatabase(server, endpoint, root, certificate, key);
      }
      case MARIADB -> {
        var server =
            MariaDbServer.start(
                "--ssl-ca=" + root, "--ssl-cert=" + pair.getFirst(), "--ssl-key=" + pair.getLast());
        server.execute("CREATE USER shown REQUIRE X509");
        server.execute("GRANT ALL ON shown.* TO shown");
        String endpoint = "mysql://shown@tcp(127.0.0.1:" + server.port() + ")/shown";
        yield new TlsDatabase(server, endpoint, root, certificate, key);
      }
    };
  }

  @Override
  public void close() {
    server.close();
  }
}
