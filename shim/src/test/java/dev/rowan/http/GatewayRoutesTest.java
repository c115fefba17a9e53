package dev.rowan.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class GatewayRoutesTest {
  /** The contract's, as it groups them. */
  private static final String[] PATHS = {
    "kv/ range put deleterange txn compaction lease/revoke lease/timetolive lease/leases",
    "lease/ grant revoke keepalive timetolive leases",
    "cluster/member/ add remove update list promote",
    "maintenance/ alarm status defragment hash hashkv snapshot transfer-leadership downgrade",
    "auth/ enable disable status authenticate",
    "auth/user/ add get list delete changepw grant revoke",
    "auth/role/ add get list delete grant revoke",
    "lock/ lock unlock",
    "election/ campaign proclaim leader observe resign",
  };

  /** H-5, and L-10's aliases; RangeStream has no path (section 0). */
  @Test
  void pathsAreThoseOfTheContract() {
    Set<String> expected = new TreeSet<>(Set.of("/v3/watch"));
    for (String group : PATHS) {
      String[] words = group.split(" ", -1);
      for (int i = 1; i < words.length; i++) {
        expected.add("/v3/" + words[0] + words[i]);
      }
    }

    assertThat(Gateway.paths()).containsExactlyInAnyOrderElementsOf(expected);
  }
}
