package dev.rowan;

import dev.rowan.ServerConfig.Addresses;
import dev.rowan.tls.CipherSuites;
import dev.rowan.tls.TlsConfig;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns the TLS flags into a {@link TlsConfig}, and says which of them contradict each other. */
final class TlsOptions {
  /** Both versions that etcd's flags name, and Java's names for them. */
  private static final List<String> VERSIONS = List.of("TLS1.2", "TLS1.3");

  private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

  private static final List<String> WILDCARDS = List.of("0.0.0.0", "::");

  private final Flags flags;
  private final Addresses addresses;

  private TlsOptions(Flags flags, Addresses addresses) {
    this.flags = flags;
    this.addresses = addresses;
  }

  /**
   * Reads the flags.
   *
   * @param certificates directory for a certificate that is made here
   * @return null if nothing is listened on with TLS
   */
  static @Nullable TlsConfig read(Flags flags, Addresses addresses, Path certificates)
      throws UsageException {
    return new TlsOptions(flags, addresses).config(certificates);
  }

  private @Nullable TlsConfig config(Path certificates) throws UsageException {
    List<String> protocols = protocols(flags);
    List<String> suites = suites(flags, protocols);
    int years = years(flags);
    boolean given = isGiven(Flag.CERT_FILE);
    if (given != isGiven(Flag.KEY_FILE)) {
      Flag alone = given ? Flag.CERT_FILE : Flag.KEY_FILE;
      Flag missing = given ? Flag.KEY_FILE : Flag.CERT_FILE;
      throw new UsageException(flags.value(alone).label() + " needs " + missing.dashed() + " too");
    }
    boolean made = flags.isTrue(Flag.AUTO_TLS);
    if (given && made) {
      flags.note("a certificate is given, so none is made", flags.value(Flag.AUTO_TLS));
    }
    TlsConfig.Clients clients = clients();
    notePlainUrls();
    URI secure = secure().findFirst().orElse(null);
    if (secure == null) {
      return null;
    }
    if (!given && !made) {
      throw new UsageException(
          "TLS key/cert (--cert-file, --key-file) must be provided for "
              + secure
              + ", or --auto-tls");
    }
    return given
        ? new TlsConfig(path(Flag.CERT_FILE), path(Flag.KEY_FILE), null, clients, protocols, suites)
        : new TlsConfig(
            certificates.resolve("cert.pem"),
            certificates.resolve("key.pem"),
            new TlsConfig.SelfSigned(years, hosts(listened().map(URI::getHost))),
            clients,
            protocols,
            suites);
  }

  private TlsConfig.Clients clients() throws UsageException {
    boolean required = flags.isTrue(Flag.CLIENT_CERT_AUTH) || isGiven(Flag.TRUSTED_CA_FILE);
    for (Flag flag : List.of(Flag.CLIENT_CRL_FILE, Flag.CLIENT_CERT_ALLOWED_HOSTNAME)) {
      if (isGiven(flag) && !required) {
        flags.note(
            "clients need no certificate (--client-cert-auth), so none is checked",
            flags.value(flag));
      }
    }
    return new TlsConfig.Clients(
        required,
        isGiven(Flag.TRUSTED_CA_FILE) ? path(Flag.TRUSTED_CA_FILE) : null,
        isGiven(Flag.CLIENT_CRL_FILE) ? path(Flag.CLIENT_CRL_FILE) : null,
        list(flags, Flag.CLIENT_CERT_ALLOWED_HOSTNAME));
  }

  /** As etcd warns of it. */
  private void notePlainUrls() throws UsageException {
    for (Flag flag : List.of(Flag.CERT_FILE, Flag.CLIENT_CERT_AUTH)) {
      boolean asked = flag == Flag.CLIENT_CERT_AUTH ? flags.isTrue(flag) : isGiven(flag);
      List<URI> plain = listened().filter(url -> !isSecure(url)).toList();
      if (asked && !plain.isEmpty()) {
        flags.note(
            "is not used for " + plain.getFirst() + ": its scheme is without TLS",
            flags.value(flag));
      }
    }
  }

  /** The versions of TLS, by Java's names: of clients and between members. */
  static List<String> protocols(Flags flags) throws UsageException {
    int min = version(flags, Flag.TLS_MIN_VERSION, 0);
    int max = version(flags, Flag.TLS_MAX_VERSION, VERSIONS.size() - 1);
    if (min > max) {
      throw new UsageException(
          flags.value(Flag.TLS_MIN_VERSION).label()
              + " must not be above "
              + flags.value(Flag.TLS_MAX_VERSION).label());
    }
    return PROTOCOLS.subList(min, max + 1);
  }

  /** An empty version leaves the choice to etcd, which then takes the outermost. */
  private static int version(Flags flags, Flag flag, int fallback) throws UsageException {
    Given value = flags.value(flag);
    int version = value.value().isEmpty() ? fallback : VERSIONS.indexOf(value.value());
    if (version < 0) {
      throw value.malformed();
    }
    return version;
  }

  /** The cipher suites, by Java's names; empty for Java's choice. */
  static List<String> suites(Flags flags, List<String> protocols) throws UsageException {
    List<String> names = list(flags, Flag.CIPHER_SUITES);
    if (names.isEmpty()) {
      return names;
    }
    Given value = flags.value(Flag.CIPHER_SUITES);
    if (!protocols.contains(PROTOCOLS.getFirst())) {
      throw new UsageException(
          value.label() + " contradicts --tls-min-version=TLS1.3: its suites cannot be chosen");
    }
    CipherSuites.Choice choice;
    try {
      choice = CipherSuites.choose(names);
    } catch (IllegalArgumentException e) {
      throw new UsageException(
          value.label()
              + ": \""
              + e.getMessage()
              + "\" is not one of "
              + value.flag().form.expected);
    }
    if (choice.notOffered().containsAll(names)) {
      throw new UsageException(value.label() + ": Java has none of these suites");
    }
    for (String suite : choice.notOffered()) {
      flags.note("Java does not have the suite " + suite, value);
    }
    return choice.used();
  }

  /** How long a certificate lasts that is made here. */
  static int years(Flags flags) throws UsageException {
    Given value = flags.value(Flag.SELF_SIGNED_CERT_VALIDITY);
    try {
      int years = Integer.parseInt(value.value());
      if (years >= 1 && years <= 1000) {
        return years;
      }
    } catch (NumberFormatException e) {
      // Refused below, as a number that is out of range.
    }
    throw value.malformed();
  }

  /** What the URLs name. A wildcard stands for this machine. */
  static List<String> hosts(Stream<String> named) {
    List<String> hosts = new ArrayList<>();
    named
        .filter(host -> host != null && !host.isEmpty())
        .map(host -> host.replace("[", "").replace("]", ""))
        .filter(host -> !hosts.contains(host))
        .forEach(hosts::add);
    if (hosts.isEmpty() || hosts.stream().anyMatch(WILDCARDS::contains)) {
      Stream.of("localhost", "127.0.0.1").filter(host -> !hosts.contains(host)).forEach(hosts::add);
    }
    return hosts;
  }

  private Stream<URI> listened() {
    return Stream.of(addresses.listen(), addresses.http(), addresses.metrics())
        .flatMap(Collection::stream);
  }

  private Stream<URI> secure() {
    return listened().filter(TlsOptions::isSecure);
  }

  private static boolean isSecure(URI url) {
    return url.getScheme().equals("https") || url.getScheme().equals("unixs");
  }

  private boolean isGiven(Flag flag) {
    return !flags.value(flag).value().isEmpty();
  }

  private Path path(Flag flag) throws UsageException {
    return flags.path(flags.value(flag));
  }

  /** What commas separate. */
  static List<String> list(Flags flags, Flag flag) {
    return Stream.of(flags.value(flag).value().split(",", -1))
        .map(String::strip)
        .filter(part -> !part.isEmpty())
        .toList();
  }
}
