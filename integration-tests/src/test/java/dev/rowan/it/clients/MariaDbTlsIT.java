package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Client;
import dev.rowan.it.MariaDbServer;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.conformance.Requests;
import dev.rowan.tls.Authority;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rowan over a MariaDB that asks for certificates. */
final class MariaDbTlsIT {
  @TempDir private static Path folder;

  @Test
  void certificatesAreShownAndVerified() {
    Authority authority = new Authority();
    Path root = authority.writeRoot(folder);
    List<Path> server = Authority.write(folder, "server", authority.server());
    List<Path> client = Authority.write(folder, "client", authority.client("rowan"));
    String files =
        "&sslrootcert=" + root + "&sslcert=" + client.getFirst() + "&sslkey=" + client.getLast();
    try (MariaDbServer database =
        MariaDbServer.start(
            "--ssl-ca=" + root,
            "--ssl-cert=" + server.getFirst(),
            "--ssl-key=" + server.getLast())) {
      database.execute("CREATE USER shown REQUIRE X509");
      database.execute("GRANT ALL ON shown.* TO shown");
      String url = "mariadb://shown@localhost:" + database.port() + "/shown?sslmode=verify-full";

      try (Server rowan = Rowan.over(url + files);
          Client etcd = rowan.client()) {
        assertThat(etcd.kv().put(Requests.put("a", "1").build()).getHeader().getRevision())
            .isEqualTo(2);
      }
      try (ServerProcess without = Rowan.launch(url + "&sslrootcert=" + root)) {
        assertThat(without.awaitExit()).isNotZero();
      }
    }
  }
}
