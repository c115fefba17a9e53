package dev.rowan.tls;

import dev.rowan.pem.PemFiles;
import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import javax.net.ssl.KeyManagerFactory;
import org.jspecify.annotations.Nullable;

/** Whom a client of another server trusts, and what it shows there. */
public final class ClientCredentials {
  /** Of a key store in memory. */
  private static final char[] NO_PASSWORD = {};

  private ClientCredentials() {}

  /**
   * Reads them from files, in every form that the server takes for its own.
   *
   * @param caCert null for the authorities that Java trusts
   * @param cert null for none; with {@code key}
   */
  public static ChannelCredentials of(
      @Nullable Path caCert, @Nullable Path cert, @Nullable Path key)
      throws IOException, GeneralSecurityException {
    TlsChannelCredentials.Builder tls =
        TlsChannelCredentials.newBuilder().trustManager(PemFiles.issuers(caCert));
    if (cert != null && key != null) {
      PemFiles.KeyPair pair = PemFiles.keyPair(cert, key);
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      store.setKeyEntry(
          "client", pair.key(), NO_PASSWORD, pair.chain().toArray(Certificate[]::new));
      var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, NO_PASSWORD);
      tls.keyManager(factory.getKeyManagers());
    }
    return tls.build();
  }
}
