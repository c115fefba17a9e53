package dev.rowan.dialects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.postgres.PostgresTls;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EndpointTest {
  private static final Path DATA = Path.of("/data");

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "\"\", /data/rowan.db",
        "sqlite, /data/rowan.db",
        "sqlite://, /data/rowan.db",
        "sqlite:///var/lib/state.db, /var/lib/state.db",
        "sqlite://./rel.db, ./rel.db",
        "sqlite://./db/state.db?_journal=WAL&cache=shared&_busy_timeout=30000, ./db/state.db",
        "SQLite:///a%20b.db, /a b.db",
      })
  void sqliteEndpointsNameAFile(String endpoint, String file) {
    assertThat(Endpoint.parse(endpoint, DATA)).isEqualTo(new Endpoint.Sqlite(Path.of(file)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "postgres://u:p@h:5433/db h:5433 db {user=u,password=p}",
        "postgresql://h/db h db {}",
        "postgres://h h rowan {}",
        "postgres:///db localhost db {}",
        "jdbc:postgresql://h/db?user=u&prepareThreshold=0 h db {user=u,prepareThreshold=0}",
        "postgres://u:p%40%2F%3A+@h/db h db {user=u,password=p@/:+}",
        "postgres://u@h1,h2:5433/db h1,h2:5433 db {user=u,targetServerType=primary}",
        "postgres:///db?host=h1,h2&port=1,2 h1:1,h2:2 db {targetServerType=primary}",
        "postgres://h/db?target_session_attrs=read-write h db {targetServerType=primary}",
        "postgres://h/db?application_name=me h db {ApplicationName=me}",
        "postgres://h/db?connect_timeout=7 h db {connectTimeout=7}",
        "postgres://h/db?sslmode=verify-full&sslrootcert=/dev/null h db {sslmode=verify-full,sslrootcert=/dev/null}",
        "postgres://h/db?keepalives=0&client_encoding=UTF8 h db {tcpKeepAlive=false}",
        "postgres://[::1]:5433/db [::1]:5433 db {}",
      })
  void postgresEndpointsAreTranslated(
      String endpoint, String hosts, String database, String properties) {
    Endpoint.Postgres parsed = (Endpoint.Postgres) Endpoint.parse(endpoint, DATA);

    assertThat(parsed).isEqualTo(new Endpoint.Postgres(hosts, database, map(properties)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "mysql://u:p@h:3307/db h:3307 db {user=u,password=p,sslMode=allow}",
        "mariadb://h h rowan {sslMode=allow}",
        "jdbc:mariadb://h/db?user=u&password=p h db {user=u,password=p,sslMode=allow}",
        "jdbc:mysql://h1:1,h2:2/db h1:1,h2:2 db {sslMode=allow}",
        "mysql://u:p%40%2F:+@h/db h db {user=u,password=p@/:+,sslMode=allow}",
        "mysql://u:p@/:%+?@tcp(h:3306)/db?parseTime=true h:3306 db {user=u,password=p@/:%+?,sslMode=allow}",
        "mysql://tcp(h:3306) h:3306 rowan {sslMode=allow}",
        "mysql://u@tcp([::1]:3306)/ [::1]:3306 rowan {user=u,sslMode=allow}",
        "mysql://h/db?tls=skip-verify&timeout=5s h db {sslMode=trust,connectTimeout=5000}",
        "mysql://h/db?tls=true h db {sslMode=verify-full}",
        "mysql://h/db?ssl-mode=VERIFY_IDENTITY h db {sslMode=verify-full}",
        "mysql://h/db?sslmode=disable&allowPublicKeyRetrieval=true h db {sslMode=disable,allowPublicKeyRetrieval=true}",
        "mysql://h/db?connect_timeout=7&readTimeout=500ms h db {sslMode=allow,connectTimeout=7000,socketTimeout=500}",
      })
  void mysqlEndpointsAreTranslated(
      String endpoint, String hosts, String database, String properties) {
    Endpoint.Mysql parsed = (Endpoint.Mysql) Endpoint.parse(endpoint, DATA);

    Map<String, String> expected = new HashMap<>(map(properties));
    expected.put("tlsSocketType", "rowan-pem");
    assertThat(parsed).isEqualTo(new Endpoint.Mysql(hosts, database, expected));
  }

  @Test
  void authorityThatIsNamedIsAsked(@TempDir Path folder) throws Exception {
    Path ca = Files.createFile(folder.resolve("ca.pem"));

    Endpoint.Mysql parsed =
        (Endpoint.Mysql) Endpoint.parse("mysql://h/db?sslmode=require&sslrootcert=" + ca, DATA);

    assertThat(parsed.properties()).containsEntry("sslMode", "verify-ca");
  }

  @Test
  void certificateWithoutItsKeyIsRefused(@TempDir Path folder) throws Exception {
    Path certificate = Files.createFile(folder.resolve("c.pem"));

    assertThatThrownBy(() -> Endpoint.parse("mysql://h/db?sslcert=" + certificate, DATA))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sslkey");
  }

  private static Map<String, String> map(String text) {
    Map<String, String> map = new HashMap<>();
    for (String entry : text.substring(1, text.length() - 1).split(",", -1)) {
      int equals = entry.indexOf('=');
      if (equals > 0) {
        map.put(entry.substring(0, equals), entry.substring(equals + 1));
      }
    }
    return map;
  }

  @ParameterizedTest
  @CsvSource({
    "oracle://h/db, mysql://",
    "mysql://u@unix(/run/mysqld.sock)/db, tcp(localhost",
    "mysql://h/db?nonsense=1, nonsense",
    "mysql://h/db?allowMultiQueries=false, allowMultiQueries",
    "mysql://h/db?sslmode=maybe, verify-full",
    "mysql://h/db?ssl-ca=/nowhere/ca.pem, ssl-ca",
    "mysql://h/db?timeout=soon, timeout",
    "/var/lib/state.db, scheme",
    "sqlite:///a.db?_journal=DELETE, _journal",
    "sqlite:///a.db?mode=memory, mode",
    "sqlite:///dir/, no file",
    "postgres://h/db?nonsense=1, nonsense",
    "postgres://h/db?sslmode=Require, verify-full",
    "postgres://h/db?sslrootcert=/tmp, sslrootcert=/tmp",
    "postgres://h/db?sslrootcert=system&sslfactory=a.B, sslfactory",
    "postgres://h/db?sslcrl=/x, sslcrl",
    "postgres://h/db?target_session_attrs=standby, primary",
    "postgres://h/db?client_encoding=LATIN1, UTF8",
    "postgres://%2Frun%2Fpostgresql/db, Unix socket",
    "postgres:///db?host=/run/postgresql, Unix socket",
    "postgres://u:100%@h/db, %25",
    "'postgres://h1,h2/db?port=1,2,3', ports",
  })
  void whatIsNotServedIsRefusedByName(String endpoint, String name) {
    assertThatThrownBy(() -> Endpoint.parse(endpoint, DATA))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgres://u:s3cret@h/db",
        "postgres://h/db?password=s3cret&sslpassword=s3cret",
        "mysql://u:s3cret@h/db",
        "mysql://u:s3cret@tcp(h)/db"
      })
  void passwordIsNotShown(String endpoint) {
    assertThat(Endpoint.parse(endpoint, DATA).toString()).doesNotContain("s3cret");
  }

  @Test
  void keyInAPemFileIsReadBeforeItIsNeeded(@TempDir Path folder) throws Exception {
    X509Bundle issued =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=c")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    Path certificate = Files.writeString(folder.resolve("c.pem"), issued.getCertificatePathPEM());
    Path key = Files.writeString(folder.resolve("k.pem"), issued.getPrivateKeyPEM());
    Path other = Files.writeString(folder.resolve("o.pem"), "-----BEGIN RSA PRIVATE KEY-----\n");
    String files = "sslcert=" + certificate + "&sslkey=";

    Endpoint.Postgres parsed =
        (Endpoint.Postgres) Endpoint.parse("postgres://h/db?" + files + key, DATA);

    assertThat(parsed.properties()).containsEntry("sslfactory", PostgresTls.class.getName());
    for (String scheme : List.of("postgres", "mysql")) {
      assertThatThrownBy(() -> Endpoint.parse(scheme + "://h/db?" + files + other, DATA))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("sslkey")
          .hasMessageContaining(other.toString());
      assertThatThrownBy(() -> Endpoint.parse(scheme + "://h/db?sslkey=" + key, DATA))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("only one of sslcert and sslkey");
    }
  }

  @Test
  void keyInTheDriversOwnFormIsLeftToIt(@TempDir Path folder) throws Exception {
    Path key = Files.write(folder.resolve("k.pk8"), new byte[] {0x30, 0});

    Endpoint.Postgres parsed =
        (Endpoint.Postgres) Endpoint.parse("postgres://h/db?sslkey=" + key, DATA);

    assertThat(parsed.properties())
        .containsEntry("sslkey", key.toString())
        .doesNotContainKey("sslfactory");
  }

  @Test
  void authorityThatIsNamedIsAskedOverPostgresToo(@TempDir Path folder) throws Exception {
    Path ca = Files.createFile(folder.resolve("ca.pem"));

    Endpoint.Postgres parsed =
        (Endpoint.Postgres)
            Endpoint.parse("postgres://h/db?sslmode=require&sslrootcert=" + ca, DATA);

    assertThat(parsed.properties()).containsEntry("sslmode", "verify-ca");
    assertThatThrownBy(() -> Endpoint.parse("postgres://h/db?sslrootcert=/nowhere/ca.pem", DATA))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sslrootcert=/nowhere/ca.pem");
  }

  @Test
  void keyOfAnotherCertificateIsRefused(@TempDir Path folder) throws Exception {
    CertificateBuilder builder =
        new CertificateBuilder().ecp256().subject("CN=c").setIsCertificateAuthority(true);
    Path certificate =
        Files.writeString(
            folder.resolve("c.pem"), builder.copy().buildSelfSigned().getCertificatePathPEM());
    Path key =
        Files.writeString(
            folder.resolve("k.pem"), builder.copy().buildSelfSigned().getPrivateKeyPEM());

    for (String scheme : List.of("postgres", "mysql")) {
      String endpoint = scheme + "://h/db?sslcert=" + certificate + "&sslkey=" + key;
      assertThatThrownBy(() -> Endpoint.parse(endpoint, DATA))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is not the certificate's");
    }
  }

  @Test
  void systemsAuthoritiesAreAlwaysAsked(@TempDir Path folder) throws Exception {
    Endpoint.Postgres parsed =
        (Endpoint.Postgres) Endpoint.parse("postgres://h/db?sslrootcert=system", DATA);

    assertThat(parsed.properties()).containsEntry("sslmode", "verify-full");
    assertThatThrownBy(
            () -> Endpoint.parse("postgres://h/db?sslrootcert=system&sslmode=require", DATA))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("too weak");
    Path der = Files.write(folder.resolve("k.pk8"), new byte[] {0x30, 0});
    assertThatThrownBy(() ->
            Endpoint.parse(
                "postgres://h/db?sslrootcert=system&sslcert=" + der + "&sslkey=" + der, DATA))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(der.toString());
  }
}
