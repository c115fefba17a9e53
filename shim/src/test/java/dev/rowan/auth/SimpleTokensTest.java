package dev.rowan.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** simple tokens. */
class SimpleTokensTest {
  private static final ByteString TOKEN = SimpleTokens.digest("abcdefghijklmnop.7");

  private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
  private final SimpleTokens tokens = tokens(false);
  private final SimpleTokens shared = tokens(true);

  private SimpleTokens tokens(boolean shared) {
    return new SimpleTokens(Duration.ofSeconds(10), now::get, shared);
  }

  private void pass(double seconds) {
    now.addAndGet((long) (seconds * 1e9));
  }

  @Test
  void aTokenIsSixteenLettersADotAndAPosition() {
    assertThat(SimpleTokens.letters()).matches("[a-zA-Z]{16}").isNotEqualTo(SimpleTokens.letters());
    assertThat(SimpleTokens.position("abcdefghijklmnop.7")).isEqualTo(7);
    assertThat(SimpleTokens.position(".0")).isZero();
    for (String other : new String[] {"", "a", "a.", "a.b", "a.1.2", "a.-1", "a.+1", "a. 1"}) {
      assertThat(SimpleTokens.position(other)).as(other).isEqualTo(-1);
    }
    assertThat(SimpleTokens.position("a.99999999999999999999")).isEqualTo(-1);
  }

  @Test
  void aTokenLastsFromItsLastUse() {
    tokens.add(TOKEN, "alice");
    for (int i = 0; i < 5; i++) {
      pass(9);
      assertThat(tokens.use(TOKEN)).isEqualTo("alice");
    }

    pass(10);

    assertThat(tokens.use(TOKEN)).isNull();
    assertThat(tokens.ended()).containsExactly(TOKEN);
  }

  @Test
  void anUnknownTokenIsNobodys() {
    assertThat(tokens.use(TOKEN)).isNull();
  }

  @Test
  void whatIsRolledBackWasNeverThere() {
    tokens.add(TOKEN, "alice");
    tokens.commit();
    ByteString other = SimpleTokens.digest("other.1");

    tokens.add(other, "bob");
    tokens.remove(TOKEN);
    tokens.add(TOKEN, "eve");
    tokens.rollback();

    assertThat(tokens.use(other)).isNull();
    assertThat(tokens.use(TOKEN)).isEqualTo("alice");
  }

  @Test
  void tokensOfAUserAreFound() {
    tokens.add(TOKEN, "alice");
    tokens.add(SimpleTokens.digest("other.1"), "bob");

    assertThat(tokens.ofUser("alice")).containsExactly(TOKEN);
    assertThat(tokens.all()).hasSize(2);
  }

  @Test
  void aSharedTokenLastsHalfAsLongAgain() {
    shared.add(TOKEN, "alice");

    pass(14.9);
    assertThat(shared.ended()).isEmpty();
    assertThat(shared.use(TOKEN)).isEqualTo("alice");
    pass(9.9);
    assertThat(shared.use(TOKEN)).isEqualTo("alice");
    pass(10);
    assertThat(shared.use(TOKEN)).isNull();
  }

  @Test
  void useDoesNotShortenASharedToken() {
    shared.add(TOKEN, "alice");
    assertThat(shared.use(TOKEN)).isEqualTo("alice");

    pass(14.9);

    assertThat(shared.use(TOKEN)).isEqualTo("alice");
  }

  /** Each is used as late as it may be without the other instance being told. */
  @Test
  void noInstanceEndsATokenThatIsUsedOnAnotherAlone() {
    SimpleTokens other = tokens(true);
    shared.add(TOKEN, "alice");
    other.add(TOKEN, "alice");
    pass(4.9);
    assertThat(other.use(TOKEN)).isEqualTo("alice");
    assertThat(other.claimRenewal(TOKEN)).isFalse();

    pass(9.9);

    assertThat(other.use(TOKEN)).isEqualTo("alice");
    assertThat(shared.ended()).as("where it was issued").isEmpty();
    assertThat(other.claimRenewal(TOKEN)).isTrue();
    shared.add(TOKEN, "alice");
    pass(4.9);
    assertThat(shared.use(TOKEN)).isEqualTo("alice");
    pass(9.9);
    assertThat(other.ended()).as("where it was renewed").isEmpty();
  }

  @Test
  void aRenewalThatFailedIsTriedAgainWithTheNextUse() {
    shared.add(TOKEN, "alice");
    pass(6);
    assertThat(shared.claimRenewal(TOKEN)).isTrue();

    shared.renewalFailed(TOKEN);

    assertThat(shared.claimRenewal(TOKEN)).isTrue();
    assertThat(shared.claimRenewal(TOKEN)).isFalse();
  }

  @Test
  void aTokenInUseIsWrittenAgainOnceInHalfItsTime() {
    shared.add(TOKEN, "alice");
    pass(5);
    assertThat(shared.claimRenewal(TOKEN)).isFalse();
    pass(0.1);
    assertThat(shared.claimRenewal(TOKEN)).isTrue();
    assertThat(shared.claimRenewal(TOKEN)).isFalse();
    pass(5.1);
    shared.add(TOKEN, "alice");
    assertThat(shared.claimRenewal(TOKEN)).as("another has just written it").isFalse();
  }

  @Test
  void aTokenOfOneInstanceAloneIsNotWritten() {
    tokens.add(TOKEN, "alice");
    pass(9);

    assertThat(tokens.claimRenewal(TOKEN)).isFalse();
  }
}
