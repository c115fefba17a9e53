package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Client;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.ServerProcess;
import dev.rowan.it.TlsDatabase;
import dev.rowan.it.conformance.Requests;
import dev.rowan.tls.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rowan over databases that ask for certificates. */
final class DatabaseTlsIT {
  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void certificatesAreShownAndVerified(TlsDatabase.Product product) throws IOException {
    try (TlsDatabase database = TlsDatabase.start(product, folder)) {
      String verified = database.endpoint() + "?sslmode=verify-full&sslrootcert=";
      String shown = "&sslcert=" + database.certificate() + "&sslkey=" + database.key();

      try (Server rowan = Rowan.over(verified + database.root() + shown);
          Client etcd = rowan.client()) {
        assertThat(etcd.kv().put(Requests.put("a", "1").build()).getHeader().getRevision())
            .isEqualTo(2);
      }
      Path stranger = new Authority().writeRoot(Files.createDirectory(folder.resolve("strangers")));
      try (ServerProcess nameless = Rowan.launch(verified + database.root());
          ServerProcess deceived = Rowan.launch(verified + stranger + shown);
          ServerProcess elsewhere =
              Rowan.launch(verified.replace("127.0.0.1", "127.0.0.2") + database.root() + shown)) {
        assertThat(nameless.awaitExit()).isNotZero();
        assertThat(nameless.log()).containsAnyOf("valid client certificate", "Access denied");
        assertThat(deceived.awaitExit()).isNotZero();
        assertThat(deceived.log()).contains("PKIX path validation failed");
        assertThat(elsewhere.awaitExit()).isNotZero();
        assertThat(elsewhere.log()).contains("127.0.0.2").containsPattern("verified|certificate");
      }
    }
  }
}
