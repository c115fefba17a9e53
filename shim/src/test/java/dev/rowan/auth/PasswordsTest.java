package dev.rowan.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.error.EtcdError;
import org.junit.jupiter.api.Test;

/** bcrypt as etcd has it. */
class PasswordsTest {
  private static final String BYTES_72 =
      "012345670123456701234567012345670123456701234567012345670123456701234567";

  private final Passwords passwords = new Passwords(4);

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  @Test
  void aHashIsOfItsPasswordAlone() {
    ByteString hash = passwords.hash("secret");

    assertThat(hash.toStringUtf8()).startsWith("$2a$04$").hasSize(60);
    assertThat(passwords.hash("secret")).isNotEqualTo(hash);
    assertThat(Passwords.matches("secret", hash)).isTrue();
    assertThat(Passwords.matches("Secret", hash)).isFalse();
    assertThat(Passwords.matches("", hash)).isFalse();
  }

  @Test
  void theEmptyPasswordIsOne() {
    assertThat(Passwords.matches("", passwords.hash(""))).isTrue();
  }

  @Test
  void seventyTwoBytesCount() {
    ByteString hash = passwords.hash(BYTES_72);

    assertThat(Passwords.matches(BYTES_72, hash)).isTrue();
    assertThat(Passwords.matches(BYTES_72.substring(1) + "8", hash)).isFalse();
    assertThat(Passwords.matches(BYTES_72.substring(0, 71) + "8", hash)).isFalse();
    assertThat(Passwords.matches(BYTES_72 + "and more", hash)).isTrue();
    assertThatThrownBy(() -> passwords.hash(BYTES_72 + "8"))
        .isSameAs(EtcdError.PASSWORD_TOO_LONG.exception());
    assertThatThrownBy(() -> passwords.hash("\u00e4".repeat(37)))
        .isSameAs(EtcdError.PASSWORD_TOO_LONG.exception());
  }

  /** Made by libxcrypt. */
  @Test
  void hashesOfOthersAreKnown() {
    String umlaut = "$04$mysaltmysaltmysaltmysuHJBkBDCbtlr1egprifOw2fjxebgSECi";
    for (String version : new String[] {"$2a", "$2b", "$2y"}) {
      assertThat(Passwords.matches("p\u00e4ss", bytes(version + umlaut))).as(version).isTrue();
    }
    assertThat(
            Passwords.matches(
                BYTES_72, bytes("$2a$04$mysaltmysaltmysaltmysu/GSWXzUr5RLdAOe283JdJfCBXUjhv62")))
        .isTrue();
    assertThat(
            Passwords.matches(
                "", bytes("$2b$04$mysaltmysaltmysaltmysu0sfHfiev2h1UT95grkt0DdvSjqfw/zG")))
        .isTrue();
  }

  @Test
  void whatIsNoHashMatchesNothing() {
    assertThat(Passwords.matches("", ByteString.EMPTY)).isFalse();
    assertThat(Passwords.matches("a", bytes("a"))).isFalse();
    assertThat(Passwords.matches("a", bytes("$2a$04$short"))).isFalse();
  }
}
