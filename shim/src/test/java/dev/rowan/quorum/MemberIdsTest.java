package dev.rowan.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** C-6. The numbers are those of an etcd 3.7 that was started with these flags. */
class MemberIdsTest {
  @Test
  void aMembersIdIsEtcds() {
    long id = MemberIds.first(List.of("http://127.0.0.1:33380"), "etcd-cluster");

    assertThat(id).isEqualTo(6662698563040693991L);
    assertThat(MemberIds.cluster(List.of(id))).isEqualTo(6012025715201963436L);
  }

  @Test
  void idsOfThreeMembersWithATokenAreEtcds() {
    List<Long> ids = new ArrayList<>();
    for (int port = 23801; port <= 23803; port++) {
      ids.add(MemberIds.first(List.of("http://127.0.0.1:" + port), "rowan-golden"));
    }

    assertThat(ids.stream().map(Long::toUnsignedString))
        .containsExactly("7456913457404189380", "13415390910244957898", "809913927118623101");
    assertThat(MemberIds.cluster(ids)).isEqualTo(7097527218763490742L);
  }

  @Test
  void aMembersUrlsCountInAnyOrder() {
    List<String> urls = List.of("http://localhost:23805", "http://127.0.0.1:23804");

    long id = MemberIds.first(urls, "etcd-cluster");

    assertThat(Long.toUnsignedString(id)).isEqualTo("11544027516912610388");
    assertThat(MemberIds.first(urls.reversed(), "etcd-cluster")).isEqualTo(id);
    assertThat(MemberIds.cluster(List.of(id))).isEqualTo(349930202485110330L);
  }

  @Test
  void theIdsOfAClusterCountInAnyOrder() {
    assertThat(MemberIds.cluster(List.of(-1L, 7L))).isEqualTo(MemberIds.cluster(List.of(7L, -1L)));
  }

  @Test
  void whoIsAddedAgainGetsAnotherId() {
    List<String> urls = List.of("http://10.0.0.1:2380");
    Instant now = Instant.parse("2026-01-02T03:04:05.678Z");
    List<Long> taken = new ArrayList<>();

    for (int i = 0; i < 3; i++) {
      taken.add(MemberIds.added(urls, now, taken::contains));
    }

    assertThat(taken).doesNotHaveDuplicates().doesNotContain(0L);
    assertThat(taken.getFirst())
        .as("of the URL and the seconds alone")
        .isEqualTo(MemberIds.first(urls, "" + now.getEpochSecond()));
  }
}
