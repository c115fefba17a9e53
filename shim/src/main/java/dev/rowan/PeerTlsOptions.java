package dev.rowan;

import dev.rowan.quorum.PeerUrl;
import dev.rowan.tls.PeerTlsConfig;
import dev.rowan.tls.TlsConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns the flags about TLS between members into a {@link PeerTlsConfig}. */
final class PeerTlsOptions {
  /** What a certificate that proves nothing leaves nothing to check for. */
  private static final List<Flag> CHECKS =
      List.of(
          Flag.PEER_CLIENT_CERT_AUTH,
          Flag.PEER_TRUSTED_CA_FILE,
          Flag.PEER_CRL_FILE,
          Flag.PEER_CERT_ALLOWED_CN,
          Flag.PEER_CERT_ALLOWED_HOSTNAME,
          Flag.PEER_CLIENT_CERT_FILE);

  private final Flags flags;

  private PeerTlsOptions(Flags flags) {
    this.flags = flags;
  }

  /**
   * Reads the flags.
   *
   * @param listen whether it is TLS decides
   * @param named where others reach this member: what a certificate is for that is made here
   * @param directory of the data: where such a certificate is kept
   * @return null for plain TCP
   */
  static @Nullable PeerTlsConfig read(
      Flags flags, PeerUrl listen, List<PeerUrl> named, Path directory) throws UsageException {
    return new PeerTlsOptions(flags).config(listen, named, directory);
  }

  private @Nullable PeerTlsConfig config(PeerUrl listen, List<PeerUrl> named, Path directory)
      throws UsageException {
    checkPair(Flag.PEER_CERT_FILE, Flag.PEER_KEY_FILE);
    checkPair(Flag.PEER_CLIENT_CERT_FILE, Flag.PEER_CLIENT_KEY_FILE);
    if (isGiven(Flag.PEER_CERT_ALLOWED_CN) && isGiven(Flag.PEER_CERT_ALLOWED_HOSTNAME)) {
      throw contradiction(Flag.PEER_CERT_ALLOWED_CN, Flag.PEER_CERT_ALLOWED_HOSTNAME);
    }
    boolean given = isGiven(Flag.PEER_CERT_FILE);
    boolean made = flags.isTrue(Flag.PEER_AUTO_TLS) && !given;
    if (!listen.secure()) {
      notePlain(listen);
      return null;
    }
    if (!given && !made) {
      throw new UsageException(
          "TLS key/cert (--peer-cert-file, --peer-key-file) must be provided for "
              + listen
              + ", or --peer-auto-tls");
    }
    if (given && flags.isTrue(Flag.PEER_AUTO_TLS)) {
      flags.note("a certificate is given, so none is made", flags.value(Flag.PEER_AUTO_TLS));
    }
    return made ? selfSigned(listen, named, directory) : ofFiles();
  }

  private PeerTlsConfig ofFiles() throws UsageException {
    boolean required =
        flags.isTrue(Flag.PEER_CLIENT_CERT_AUTH) || isGiven(Flag.PEER_TRUSTED_CA_FILE);
    if (!required) {
      flags.note(
          "without --peer-client-cert-auth or --peer-trusted-ca-file whoever reaches "
              + Flag.LISTEN_PEER_URLS.dashed()
              + " is taken for a member",
          flags.value(Flag.PEER_CERT_FILE));
    }
    TlsConfig.Clients members =
        new TlsConfig.Clients(
            required,
            isGiven(Flag.PEER_TRUSTED_CA_FILE) ? path(Flag.PEER_TRUSTED_CA_FILE) : null,
            isGiven(Flag.PEER_CRL_FILE) ? path(Flag.PEER_CRL_FILE) : null,
            TlsOptions.list(flags, Flag.PEER_CERT_ALLOWED_HOSTNAME));
    Path cert = path(Flag.PEER_CERT_FILE);
    Path key = path(Flag.PEER_KEY_FILE);
    boolean other = isGiven(Flag.PEER_CLIENT_CERT_FILE);
    return config(
        cert,
        key,
        null,
        members,
        other ? path(Flag.PEER_CLIENT_CERT_FILE) : cert,
        other ? path(Flag.PEER_CLIENT_KEY_FILE) : key);
  }

  private PeerTlsConfig selfSigned(PeerUrl listen, List<PeerUrl> named, Path directory)
      throws UsageException {
    for (Flag check : CHECKS) {
      if (!flags.value(check).changesNothing()) {
        throw contradiction(Flag.PEER_AUTO_TLS, check);
      }
    }
    flags.note(
        "members' certificates prove nothing: whoever reaches "
            + Flag.LISTEN_PEER_URLS.dashed()
            + " is taken for a member",
        flags.value(Flag.PEER_AUTO_TLS));
    Path certificates = directory.resolve("fixtures").resolve("peer");
    Path cert = certificates.resolve("cert.pem");
    Path key = certificates.resolve("key.pem");
    Stream<String> hosts = Stream.concat(Stream.of(listen), named.stream()).map(PeerUrl::host);
    return config(
        cert,
        key,
        new TlsConfig.SelfSigned(TlsOptions.years(flags), TlsOptions.hosts(hosts)),
        new TlsConfig.Clients(false, null, null, List.of()),
        cert,
        key);
  }

  private PeerTlsConfig config(
      Path cert,
      Path key,
      TlsConfig.@Nullable SelfSigned made,
      TlsConfig.Clients members,
      Path callCert,
      Path callKey)
      throws UsageException {
    List<String> protocols = TlsOptions.protocols(flags);
    List<String> suites = TlsOptions.suites(flags, protocols);
    return new PeerTlsConfig(
        new TlsConfig(cert, key, made, members, protocols, suites),
        callCert,
        callKey,
        TlsOptions.list(flags, Flag.PEER_CERT_ALLOWED_CN));
  }

  /** As etcd warns of it. */
  private void notePlain(PeerUrl listen) throws UsageException {
    for (Flag flag : List.of(Flag.PEER_CERT_FILE, Flag.PEER_CLIENT_CERT_AUTH, Flag.PEER_AUTO_TLS)) {
      if (!flags.value(flag).changesNothing()) {
        flags.note("is not used for " + listen + ": its scheme is without TLS", flags.value(flag));
      }
    }
  }

  private void checkPair(Flag certificate, Flag key) throws UsageException {
    if (isGiven(certificate) != isGiven(key)) {
      Flag alone = isGiven(certificate) ? certificate : key;
      Flag missing = isGiven(certificate) ? key : certificate;
      throw new UsageException(flags.value(alone).label() + " needs " + missing.dashed() + " too");
    }
  }

  private UsageException contradiction(Flag one, Flag other) {
    return new UsageException(
        flags.value(one).label() + " contradicts " + flags.value(other).label());
  }

  private boolean isGiven(Flag flag) {
    return !flags.value(flag).value().isEmpty();
  }

  private Path path(Flag flag) throws UsageException {
    return flags.path(flags.value(flag));
  }
}
