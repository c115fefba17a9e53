package dev.rowan.moving;

import com.google.protobuf.ByteString;
import java.net.URI;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An etcd that runs, and how to be let in.
 *
 * @param endpoint {@code http://host:port} or {@code https://host:port}
 * @param caCert whom to trust; null for those whom Java trusts
 * @param cert this client's, null for none; with {@code key}
 * @param user as {@code name:password}; null for none
 * @param prefix of the keys that are wanted; empty for all
 */
public record LiveSource(
    URI endpoint,
    @Nullable Path caCert,
    @Nullable Path cert,
    @Nullable Path key,
    @Nullable String user,
    ByteString prefix) {

  /** Without the password. */
  @Override
  public String toString() {
    return endpoint.toString();
  }
}
