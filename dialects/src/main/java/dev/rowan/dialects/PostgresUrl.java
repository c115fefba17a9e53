package dev.rowan.dialects;

import dev.rowan.dialects.postgres.PostgresTls;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.postgresql.PGProperty;

/**
 * What stands behind {@code postgres://}: libpq's form of a URL with libpq's parameters, translated
 * for pgjdbc. Parameters of pgjdbc's own, by its names, are handed through.
 */
final class PostgresUrl {
  /** The database where none is named. */
  static final String DEFAULT_DATABASE = "rowan";

  private static final String VERIFY_FULL = "verify-full";

  /** libpq's, in its spelling. */
  private static final List<String> MODES =
      List.of("disable", "allow", "prefer", "require", "verify-ca", VERIFY_FULL);

  /** libpq's parameters and pgjdbc's names for them, where value and meaning are the same. */
  private static final Map<String, PGProperty> SAME =
      Map.ofEntries(
          Map.entry("user", PGProperty.USER),
          Map.entry("password", PGProperty.PASSWORD),
          Map.entry("sslmode", PGProperty.SSL_MODE),
          Map.entry("sslrootcert", PGProperty.SSL_ROOT_CERT),
          Map.entry("sslcert", PGProperty.SSL_CERT),
          Map.entry("sslkey", PGProperty.SSL_KEY),
          Map.entry("sslpassword", PGProperty.SSL_PASSWORD),
          Map.entry("sslnegotiation", PGProperty.SSL_NEGOTIATION),
          Map.entry("channel_binding", PGProperty.CHANNEL_BINDING),
          Map.entry("require_auth", PGProperty.REQUIRE_AUTH),
          Map.entry("gssencmode", PGProperty.GSS_ENC_MODE),
          Map.entry("krbsrvname", PGProperty.KERBEROS_SERVER_NAME),
          Map.entry("application_name", PGProperty.APPLICATION_NAME),
          Map.entry("connect_timeout", PGProperty.CONNECT_TIMEOUT),
          Map.entry("options", PGProperty.OPTIONS));

  private final Map<String, String> properties = new LinkedHashMap<>();
  private String hosts = "";
  private String ports = "";
  private String database = "";

  private PostgresUrl() {}

  static Endpoint.Postgres parse(String rest) {
    PostgresUrl url = new PostgresUrl();
    int question = rest.indexOf('?');
    String location = question < 0 ? rest : rest.substring(0, question);
    int slash = location.indexOf('/');
    url.authority(slash < 0 ? location : location.substring(0, slash));
    url.database = slash < 0 ? "" : Query.decode(location.substring(slash + 1));
    Query.parse(question < 0 ? "" : rest.substring(question + 1)).forEach(url::parameter);
    return url.endpoint();
  }

  private void authority(String authority) {
    int at = authority.lastIndexOf('@');
    hosts = Query.decode(authority.substring(at + 1));
    if (at >= 0) {
      String login = authority.substring(0, at);
      int colon = login.indexOf(':');
      properties.put("user", Query.decode(colon < 0 ? login : login.substring(0, colon)));
      if (colon >= 0) {
        properties.put("password", Query.decode(login.substring(colon + 1)));
      }
    }
  }

  private void parameter(String name, String value) {
    PGProperty same = SAME.get(name);
    if (same != null) {
      properties.put(same.getName(), value);
      return;
    }
    switch (name) {
      case "host" -> hosts = value;
      case "port" -> ports = value;
      case "dbname" -> database = value;
      case "fallback_application_name" -> properties.putIfAbsent("ApplicationName", value);
      case "keepalives" -> properties.put("tcpKeepAlive", Boolean.toString(!value.equals("0")));
      case "load_balance_hosts" ->
          properties.put("loadBalanceHosts", Boolean.toString(value.equals("random")));
      case "target_session_attrs" -> targetSession(value);
      case "client_encoding" -> clientEncoding(value);
      default -> driverParameter(name, value);
    }
  }

  private void targetSession(String value) {
    String type =
        switch (value) {
          case "any" -> "any";
          case "primary", "read-write" -> "primary";
          default ->
              throw new IllegalArgumentException(
                  "the endpoint's target_session_attrs="
                      + value
                      + " is not served: Rowan reads and writes on the primary");
        };
    properties.put(PGProperty.TARGET_SERVER_TYPE.getName(), type);
  }

  private static void clientEncoding(String value) {
    String plain = value.toUpperCase(Locale.ROOT).replace("-", "");
    if (!plain.equals("UTF8") && !plain.equals("AUTO")) {
      throw new IllegalArgumentException(
          "the endpoint's client_encoding=" + value + " is not served; it is always UTF8");
    }
  }

  private void driverParameter(String name, String value) {
    if (Arrays.stream(PGProperty.values()).noneMatch(known -> known.getName().equals(name))) {
      throw new IllegalArgumentException(
          "the endpoint's parameter " + name + " is not known, or the driver does not serve it");
    }
    properties.put(name, value);
  }

  private Endpoint.Postgres endpoint() {
    if (hosts.startsWith("/") || hosts.startsWith("@")) {
      throw new IllegalArgumentException(
          "the endpoint's host "
              + hosts
              + " is a Unix socket, which the driver cannot use; name a host, such as localhost");
    }
    String[] names = (hosts.isEmpty() ? "localhost" : hosts).split(",", -1);
    if (names.length > 1) {
      properties.putIfAbsent(PGProperty.TARGET_SERVER_TYPE.getName(), "primary");
    }
    tls();
    return new Endpoint.Postgres(
        withPorts(names), database.isEmpty() ? DEFAULT_DATABASE : database, properties);
  }

  /** Whom a connection trusts, and what it shows, as libpq has it. */
  private void tls() {
    String mode = properties.get(PGProperty.SSL_MODE.getName());
    if (mode != null && !MODES.contains(mode)) {
      throw new IllegalArgumentException(
          "the endpoint's sslmode=" + mode + " is not served; expected is one of " + MODES);
    }
    String root = properties.get(PGProperty.SSL_ROOT_CERT.getName());
    boolean system = PostgresTls.SYSTEM.equals(root);
    if (system) {
      hostIsAlwaysChecked();
    } else if (root != null && !root.isEmpty()) {
      checkReadable(root);
      // Who names an authority wants it asked.
      properties.replace(PGProperty.SSL_MODE.getName(), "require", "verify-ca");
    }
    if (clientKeyIsPem(system) || system) {
      String own = properties.put(PGProperty.SSL_FACTORY.getName(), PostgresTls.class.getName());
      if (own != null) {
        throw new IllegalArgumentException(
            "the endpoint's sslfactory contradicts its sslkey or sslrootcert, which Rowan reads");
      }
    }
  }

  private void hostIsAlwaysChecked() {
    String mode = properties.getOrDefault(PGProperty.SSL_MODE.getName(), VERIFY_FULL);
    if (!mode.equals(VERIFY_FULL)) {
      throw new IllegalArgumentException(
          "the endpoint's sslmode="
              + mode
              + " is too weak for sslrootcert=system; leave it out, or say verify-full");
    }
    properties.put(PGProperty.SSL_MODE.getName(), mode);
  }

  private static void checkReadable(String root) {
    if (!Files.isReadable(Path.of(root)) || Files.isDirectory(Path.of(root))) {
      throw new IllegalArgumentException(
          "the endpoint's sslrootcert=" + root + " is not a file that can be read");
    }
  }

  /**
   * Whether Rowan is to read the client's key; in other forms, the driver does.
   *
   * @param pemOnly whether the driver can't
   */
  private boolean clientKeyIsPem(boolean pemOnly) {
    String key = properties.get(PGProperty.SSL_KEY.getName());
    boolean pem = key != null && ClientKey.isPem(key);
    if (pem || pemOnly) {
      ClientKey.check(properties.get(PGProperty.SSL_CERT.getName()), key);
    }
    return pem;
  }

  /** libpq gives ports beside the hosts: one for all, or one for each. */
  private String withPorts(String[] names) {
    if (ports.isEmpty()) {
      return String.join(",", names);
    }
    String[] each = ports.split(",", -1);
    if (each.length != 1 && each.length != names.length) {
      throw new IllegalArgumentException(
          "the endpoint has " + names.length + " hosts and " + each.length + " ports");
    }
    return IntStream.range(0, names.length)
        .mapToObj(i -> names[i] + ":" + each[each.length == 1 ? 0 : i])
        .collect(Collectors.joining(","));
  }
}
