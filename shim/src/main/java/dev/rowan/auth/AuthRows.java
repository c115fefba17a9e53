package dev.rowan.auth;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.dialects.MetaRow;
import dev.rowan.proto.authpb.Role;
import dev.rowan.proto.authpb.User;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * How auth is stored: meta rows in buckets with etcd's names and contents, and one of our own for
 * simple tokens, of which only digests are kept.
 */
public final class AuthRows {
  static final String USERS = "authUsers";
  static final String ROLES = "authRoles";

  /** One row for {@link #ENABLED} and one for {@link #REVISION}. */
  static final String AUTH = "auth";

  static final ByteString ENABLED = ByteString.copyFromUtf8("authEnabled");
  static final ByteString REVISION = ByteString.copyFromUtf8("authRevision");

  /** The digest of a token, with its user's name. */
  static final String TOKENS = "authTokens";

  private static final ByteString YES = ByteString.copyFrom(new byte[] {1});
  private static final ByteString NO = ByteString.copyFrom(new byte[] {0});

  private AuthRows() {}

  /** Where rows to be written go. */
  @FunctionalInterface
  public interface Sink {
    /** Sets a row, or removes it where the blob is null. */
    void set(String bucket, ByteString id, @Nullable ByteString blob);
  }

  static boolean isOne(MetaRow row) {
    return switch (row.bucket()) {
      case USERS, ROLES, AUTH, TOKENS -> true;
      default -> false;
    };
  }

  static ByteString enabled(boolean enabled) {
    return enabled ? YES : NO;
  }

  static boolean enabled(ByteString blob) {
    return blob.equals(YES);
  }

  static ByteString revision(long revision) {
    return ByteString.copyFrom(ByteBuffer.allocate(Long.BYTES).putLong(0, revision));
  }

  static long revision(ByteString blob) {
    return blob.asReadOnlyByteBuffer().getLong();
  }

  /**
   * Reads a user.
   *
   * @throws IllegalStateException if the content is none: the store is damaged
   */
  static User user(ByteString blob) {
    try {
      return User.parseFrom(blob);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a user's row in the meta table is damaged", e);
    }
  }

  /**
   * Reads a role.
   *
   * @throws IllegalStateException if the content is none: the store is damaged
   */
  static Role role(ByteString blob) {
    try {
      return Role.parseFrom(blob);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a role's row in the meta table is damaged", e);
    }
  }
}
