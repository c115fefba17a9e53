package dev.rowan.it.quorum;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.quorum.Trio.Kind;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What three members answer, of etcd and of Rowan, each asked at its own: CL-1 to CL-6, M-1, M-7,
 * C-7, C-8 and what leases and watches have to do with several members. One story, in order.
 */
@TestInstance(Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class QuorumCallsIT {
  private Trio etcd;
  private Trio rowan;

  @BeforeAll
  void startBoth() {
    etcd = new Trio(Kind.ETCD);
    rowan = new Trio(Kind.ROWAN);
  }

  @AfterAll
  void stopBoth() {
    etcd.close();
    rowan.close();
  }

  @Test
  @Order(1)
  void everyMemberTellsTheSameOfAllAndItsOwnStatus() {
    bothSay(MemberScripts::list);
    bothSay(MemberScripts::status);
  }

  @Test
  @Order(2)
  void leasesAreTheSameAtEveryMember() {
    bothSay(LeaseScripts::grantedAndKept);
    bothSay(LeaseScripts::ended);
  }

  @Test
  @Order(3)
  void watchesAtEveryMemberSeeTheSame() {
    bothSay(WatchScripts::everywhere);
    bothSay(WatchScripts::hashes);
  }

  @Test
  @Order(4)
  void membersAreAddedMovedAndRemoved() {
    bothSay(MemberScripts::refusedChanges);
    bothSay(MemberScripts::addedAndRemoved);
    bothSay(MemberScripts::tooFewStarted);
  }

  @Test
  @Order(5)
  void leaderMovesToAVoter() {
    bothSay(MemberScripts::moveLeader);
  }

  @Test
  @Order(6)
  void learnerLearnsAndIsPromoted() {
    bothSay(LearnerScripts::joins);
    bothSay(LearnerScripts::isPromotedAndLeaves);
  }

  @Test
  @Order(7)
  void withoutAMajorityNobodyLeads() {
    bothSay(LeaderlessScripts::majorityGone);
  }

  private void bothSay(Consumer<Trio> script) {
    int from = etcd.notes().size();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CompletableFuture<Void> other =
          CompletableFuture.runAsync(() -> script.accept(rowan), threads);
      script.accept(etcd);
      other.join();
    }
    assertThat(rowan.notes().subList(from, rowan.notes().size()))
        .isNotEmpty()
        .isEqualTo(etcd.notes().subList(from, etcd.notes().size()));
  }
}
