package dev.rowan.dialects;

import dev.rowan.dialects.mysql.MysqlTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverPropertyInfo;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mariadb.jdbc.Driver;

/**
 * What stands behind {@code mysql://} or {@code mariadb://}: a URL, or what the Go driver calls a
 * DSN, as kine takes it; with the options of PostgreSQL's URLs for TLS, those of MySQL's own
 * programs and those of the Go driver, translated for MariaDB's Java driver. Options of that
 * driver, by its names, are handed through.
 */
final class MysqlUrl {
  /** The database where none is named. */
  static final String DEFAULT_DATABASE = "rowan";

  /** {@code user:password@tcp(host:port)/database}, where nothing is percent-encoded. */
  private static final Pattern DSN =
      Pattern.compile(
          "(?:(?<login>.*)@)?(?<net>[a-z0-9]+)\\((?<address>[^)]*)\\)(?:/(?<rest>.*))?");

  /** Of the Go driver, and without meaning here: Rowan sets what they set, or doesn't need it. */
  private static final Set<String> HARMLESS =
      Set.of(
          "parseTime",
          "charset",
          "collation",
          "loc",
          "multiStatements",
          "interpolateParams",
          "allowNativePasswords",
          "checkConnLiveness",
          "clientFoundRows",
          "columnsWithAlias",
          "rejectReadOnly",
          "writeTimeout");

  /** What Rowan sets itself, and would not work otherwise. */
  private static final Set<String> OWN =
      Set.of(
          "allowMultiQueries",
          "transactionIsolation",
          "initSql",
          "useServerPrepStmts",
          "autocommit",
          "dumpQueriesOnException",
          "tlsSocketType");

  private static final Pattern DURATION = Pattern.compile("([0-9]+)(ms|s|m)");

  private final Map<String, String> properties = new LinkedHashMap<>();
  private String hosts = "";
  private String database = "";

  private MysqlUrl() {}

  static Endpoint.Mysql parse(String rest) {
    MysqlUrl url = new MysqlUrl();
    int question = rest.indexOf('?', Math.max(0, rest.lastIndexOf('@')));
    String location = question < 0 ? rest : rest.substring(0, question);
    Matcher dsn = DSN.matcher(location);
    if (dsn.matches()) {
      url.dsn(dsn);
    } else {
      url.location(location);
    }
    Query.parse(question < 0 ? "" : rest.substring(question + 1)).forEach(url::option);
    return url.endpoint();
  }

  private void dsn(Matcher dsn) {
    if (!dsn.group("net").equals("tcp")) {
      throw new IllegalArgumentException(
          "the endpoint's "
              + dsn.group("net")
              + "(...) is not served; name a host, as in user:password@tcp(localhost:3306)/rowan");
    }
    if (dsn.group("login") != null) {
      login(dsn.group("login"), false);
    }
    hosts = dsn.group("address");
    database = dsn.group("rest") == null ? "" : dsn.group("rest");
  }

  private void location(String location) {
    int at = location.lastIndexOf('@');
    if (at >= 0) {
      login(location.substring(0, at), true);
    }
    String behind = location.substring(at + 1);
    int slash = behind.indexOf('/');
    hosts = Query.decode(slash < 0 ? behind : behind.substring(0, slash));
    database = slash < 0 ? "" : Query.decode(behind.substring(slash + 1));
  }

  private void login(String login, boolean encoded) {
    int colon = login.indexOf(':');
    String user = colon < 0 ? login : login.substring(0, colon);
    properties.put("user", encoded ? Query.decode(user) : user);
    if (colon >= 0) {
      String password = login.substring(colon + 1);
      properties.put("password", encoded ? Query.decode(password) : password);
    }
  }

  private void option(String name, String value) {
    switch (name) {
      case "sslmode", "ssl-mode", "tls" -> mode(name, value);
      case "sslrootcert", "ssl-ca" -> file(name, value, MysqlTls.ROOT);
      case "sslcert", "ssl-cert" -> file(name, value, MysqlTls.CERTIFICATE);
      case "sslkey", "ssl-key" -> file(name, value, MysqlTls.KEY);
      case "connect_timeout" -> properties.put("connectTimeout", value + "000");
      case "timeout" -> properties.put("connectTimeout", millis(name, value));
      case "readTimeout" -> properties.put("socketTimeout", millis(name, value));
      case "application_name" -> properties.put("connectionAttributes", "program_name:" + value);
      default -> {
        if (!HARMLESS.contains(name)) {
          driverOption(name, value);
        }
      }
    }
  }

  /** PostgreSQL's names, those of MySQL's programs, and the Go driver's. */
  private void mode(String name, String value) {
    String mode =
        switch (value.toLowerCase(Locale.ROOT).replace('_', '-')) {
          case "disable", "disabled", "false" -> "disable";
          case "prefer", "preferred", "allow" -> "allow";
          case "require", "required", "skip-verify" -> "trust";
          case "verify-ca" -> "verify-ca";
          case "verify-full", "verify-identity", "true" -> "verify-full";
          default ->
              throw new IllegalArgumentException(
                  "the endpoint's "
                      + name
                      + "="
                      + value
                      + " is not served; expected is disable, prefer, require, verify-ca or"
                      + " verify-full");
        };
    properties.put("sslMode", mode);
    properties.put(MysqlTls.OPTION, MysqlTls.TYPE);
  }

  private void file(String name, String value, String property) {
    if (!Files.isReadable(Path.of(value))) {
      throw new IllegalArgumentException(
          "the endpoint's " + name + "=" + value + " is not a file that can be read");
    }
    properties.put(property, value);
    properties.put(MysqlTls.OPTION, MysqlTls.TYPE);
  }

  private static String millis(String name, String value) {
    Matcher duration = DURATION.matcher(value);
    if (!duration.matches()) {
      throw new IllegalArgumentException(
          "the endpoint's " + name + "=" + value + " is not a duration, such as 5s or 500ms");
    }
    long number = Long.parseLong(duration.group(1));
    return Long.toString(
        switch (duration.group(2)) {
          case "ms" -> number;
          case "s" -> number * 1_000;
          default -> number * 60_000;
        });
  }

  private void driverOption(String name, String value) {
    if (OWN.contains(name)) {
      throw new IllegalArgumentException(
          "the endpoint's option " + name + " is not served: Rowan sets it itself");
    }
    if (Arrays.stream(driverOptions()).noneMatch(known -> known.name.equals(name))) {
      throw new IllegalArgumentException(
          "the endpoint's option " + name + " is not known, or the driver does not serve it");
    }
    properties.put(name, value);
  }

  private static DriverPropertyInfo[] driverOptions() {
    try {
      return new Driver().getPropertyInfo("jdbc:mariadb://localhost/", new Properties());
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private Endpoint.Mysql endpoint() {
    ClientKey.check(properties.get(MysqlTls.CERTIFICATE), properties.get(MysqlTls.KEY));
    if (!properties.containsKey("sslMode")) {
      properties.put("sslMode", "allow");
      properties.put(MysqlTls.OPTION, MysqlTls.TYPE);
    } else if (properties.containsKey(MysqlTls.ROOT)) {
      // As libpq has it: who names an authority wants it asked.
      properties.replace("sslMode", "trust", "verify-ca");
    }
    return new Endpoint.Mysql(
        hosts.isEmpty() ? "localhost" : hosts,
        database.isEmpty() ? DEFAULT_DATABASE : database,
        properties);
  }
}
