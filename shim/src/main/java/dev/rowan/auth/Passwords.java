package dev.rowan.auth;

import at.favre.lib.crypto.bcrypt.BCrypt;
import at.favre.lib.crypto.bcrypt.BCrypt.Version;
import at.favre.lib.crypto.bcrypt.LongPasswordStrategies;
import com.google.protobuf.ByteString;
import dev.rowan.error.EtcdError;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Hashes passwords and checks them, with bcrypt as etcd has it. Each takes some 70 ms at the
 * usual cost, and twice as long with each step of it: never on an event loop or the sequencer. Safe
 * for any thread.
 */
public final class Passwords {
  /** bcrypt reads no more of a password. */
  private static final int BYTES_MAX = 72;

  /** As 2a, but for the 72nd byte, which Go's bcrypt takes and the library would refuse. */
  private static final Version GO =
      new Version(
          Version.VERSION_2A.versionIdentifier,
          true,
          true,
          BYTES_MAX,
          Version.VERSION_2A.formatter,
          Version.VERSION_2A.parser);

  private static final BCrypt.Hasher HASHER =
      BCrypt.with(GO, new SecureRandom(), LongPasswordStrategies.strict(GO));
  private static final BCrypt.Verifyer VERIFYER =
      BCrypt.verifyer(GO, LongPasswordStrategies.strict(GO));

  private final int cost;

  /**
   * Makes one.
   *
   * @param cost {@code --bcrypt-cost}, 4 to 31
   */
  public Passwords(int cost) {
    this.cost = cost;
  }

  /**
   * The hash of a password.
   *
   * @throws dev.rowan.error.EtcdException if the password has more than 72 bytes
   */
  ByteString hash(String password) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > BYTES_MAX) {
      throw EtcdError.PASSWORD_TOO_LONG.exception();
    }
    return ByteString.copyFrom(HASHER.hash(cost, bytes));
  }

  /** Whether a hash is that of a password, of which only the first 72 bytes count. */
  static boolean matches(String password, ByteString hash) {
    return !hash.isEmpty() && VERIFYER.verify(counting(password), hash.toByteArray()).verified;
  }

  private static byte[] counting(String password) {
    byte[] bytes = password.getBytes(StandardCharsets.UTF_8);
    return bytes.length > BYTES_MAX ? Arrays.copyOf(bytes, BYTES_MAX) : bytes;
  }

  /** Takes as long as {@link #matches}: for a user who isn't there. */
  void matchNobodys(String password) {
    var _ = HASHER.hash(cost, counting(password));
  }
}
