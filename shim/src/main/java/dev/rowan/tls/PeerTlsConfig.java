package dev.rowan.tls;

import java.nio.file.Path;
import java.util.List;

/**
 * TLS between the members of a quorum. Immutable.
 *
 * @param own what this member shows, and asks of those that call it; the rest of it, authorities
 *     and revoked certificates among them, is for those that it calls too. A certificate that is
 *     made here has no issuer, so that then nobody is asked for one
 * @param callCertFile PEM: the certificate for calling others, and those of its issuers
 * @param callKeyFile PEM: its key
 * @param allowedCommonNames one of which a member's certificate must have; empty for any. Not
 *     together with allowed host names
 */
public record PeerTlsConfig(
    TlsConfig own, Path callCertFile, Path callKeyFile, List<String> allowedCommonNames) {
  public PeerTlsConfig {
    allowedCommonNames = List.copyOf(allowedCommonNames);
  }
}
