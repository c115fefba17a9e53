package dev.rowan.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.rowan.error.EtcdError;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * Signs and verifies tokens that are JSON web tokens: they name the user and the revision of
 * the auth store that they were made at, and need no state. Safe for any thread.
 */
public final class JwtKey {
  /** Tokens that need not be verified again; what is not among them costs up to some 100 µs. */
  private static final int VERIFIED_MAX = 10_000;

  private final JWSAlgorithm algorithm;
  private final @Nullable JWSSigner signer;
  private final JWSVerifier verifier;
  private final Duration ttl;
  private final Cache<String, Verified> verified =
      Caffeine.newBuilder().maximumSize(VERIFIED_MAX).build();

  private record Verified(Caller.Named holder, Instant from, Instant until) {
    boolean valid() {
      Instant now = Instant.now();
      return !now.isBefore(from) && now.isBefore(until);
    }
  }

  /**
   * Makes one.
   *
   * @param signer null if there is only a public key
   * @param ttl for which the tokens signed last
   */
  JwtKey(JWSAlgorithm algorithm, @Nullable JWSSigner signer, JWSVerifier verifier, Duration ttl) {
    this.algorithm = algorithm;
    this.signer = signer;
    this.verifier = verifier;
    this.ttl = ttl;
  }

  /**
   * A token for a user.
   *
   * @throws dev.rowan.error.EtcdException if there is only a public key
   */
  String sign(String user, long authRevision) {
    if (signer == null) {
      throw EtcdError.VERIFY_ONLY.exception();
    }
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .claim("username", user)
            .claim("revision", authRevision)
            .expirationTime(Date.from(Instant.now().plus(ttl)))
            .build();
    SignedJWT token =
        new SignedJWT(new JWSHeader.Builder(algorithm).type(JOSEObjectType.JWT).build(), claims);
    try {
      token.sign(signer);
    } catch (JOSEException e) {
      throw new IllegalStateException("the key was tried at the start, and cannot sign", e);
    }
    return token.serialize();
  }

  /** Whose token it is; null if it is not valid. */
  Caller.@Nullable Named holder(String token) {
    Verified known = verified.getIfPresent(token);
    if (known == null) {
      known = verify(token);
      if (known == null) {
        return null;
      }
      verified.put(token, known);
    }
    return known.valid() ? known.holder : null;
  }

  /** Whether a token was signed with the key that belongs to this one. */
  boolean knows(String token) {
    return verify(token) != null;
  }

  private @Nullable Verified verify(String token) {
    try {
      SignedJWT parsed = SignedJWT.parse(token);
      if (!parsed.getHeader().getAlgorithm().equals(algorithm) || !parsed.verify(verifier)) {
        return null;
      }
      JWTClaimsSet claims = parsed.getJWTClaimsSet();
      String user = claims.getStringClaim("username");
      return user != null && claims.getClaim("revision") instanceof Number revision
          ? new Verified(
              new Caller.Named(user, revision.longValue(), Caller.Proof.SIGNED),
              instant(claims.getNotBeforeTime(), Instant.MIN),
              instant(claims.getExpirationTime(), Instant.MAX))
          : null;
    } catch (ParseException | JOSEException e) {
      return null;
    }
  }

  private static Instant instant(@Nullable Date given, Instant otherwise) {
    return given == null ? otherwise : given.toInstant();
  }
}
