package dev.rowan.it.linearizability;

import static org.awaitility.Awaitility.await;

import dev.rowan.it.Client;
import dev.rowan.proto.etcdserverpb.Member;
import dev.rowan.proto.etcdserverpb.MemberAddRequest;
import dev.rowan.proto.etcdserverpb.MemberListRequest;
import dev.rowan.proto.etcdserverpb.MemberPromoteRequest;
import dev.rowan.proto.etcdserverpb.MemberRemoveRequest;
import dev.rowan.proto.etcdserverpb.MoveLeaderRequest;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** Members of a quorum come and go while it serves: each that comes is a new one, and empty. */
final class MemberFaults {
  private static final Duration CHANGE_MAX = Duration.ofSeconds(60);

  private final Quorum quorum;

  private MemberFaults(Quorum quorum) {
    this.quorum = quorum;
  }

  static List<Fault> of(Quorum quorum) {
    MemberFaults faults = new MemberFaults(quorum);
    return List.of(
        Fault.at("a follower is replaced", () -> faults.replace(quorum.follower())),
        Fault.at("the leader is replaced", () -> faults.replace(quorum.leader())),
        Fault.at("the leader is replaced beside a fourth", faults::growAndShrink),
        Fault.at("another is to lead", faults::moveLeader));
  }

  /** Who sits there is removed, and another one added; with two members in between. */
  static void replace(Quorum quorum, int seat) {
    new MemberFaults(quorum).replace(seat);
  }

  private void replace(int seat) {
    int asked = quorum.another(seat);
    remove(asked, seat);
    add(asked, seat);
  }

  /** With four members in between, twice. */
  private void growAndShrink() {
    int leader = quorum.leader();
    int asked = quorum.another(leader);
    add(asked, Quorum.SPARE);
    replace(leader);
    remove(quorum.another(leader), Quorum.SPARE);
  }

  private void remove(int asked, int seat) {
    long id = id(asked, seat).orElseThrow();
    MemberRemoveRequest request = MemberRemoveRequest.newBuilder().setID(id).build();
    until(
        "member " + seat + " is removed",
        asked,
        client -> client.cluster().memberRemove(request),
        () -> id(asked, seat).isEmpty());
    quorum.leave(seat);
  }

  private void add(int asked, int seat) {
    MemberAddRequest request =
        MemberAddRequest.newBuilder()
            .addPeerURLs(quorum.seat(seat).peerUrl())
            .setIsLearner(true)
            .build();
    until(
        "member " + seat + " is added",
        asked,
        client -> client.cluster().memberAdd(request),
        () -> id(asked, seat).isPresent());
    quorum.join(seat);
    promote(asked, seat);
  }

  /** Refused until it has caught up. */
  private void promote(int asked, int seat) {
    long id = id(asked, seat).orElseThrow();
    MemberPromoteRequest request = MemberPromoteRequest.newBuilder().setID(id).build();
    until(
        "member " + seat + " is promoted",
        asked,
        client -> client.cluster().memberPromote(request),
        () -> find(asked, seat).filter(member -> !member.getIsLearner()).isPresent());
  }

  private void moveLeader() {
    int leader = quorum.leader();
    int next = quorum.another(leader);
    MoveLeaderRequest request =
        MoveLeaderRequest.newBuilder().setTargetID(id(leader, next).orElseThrow()).build();
    try (Client client = quorum.instance(leader).client()) {
      var _ = client.maintenance().moveLeader(request);
    } catch (StatusRuntimeException e) {
      // It may have ceased to lead just before.
      System.out.println("  " + e.getStatus());
    }
  }

  /** Asks again until it is so: an answer may be lost, and a change refused for the moment. */
  private void until(String what, int asked, Consumer<Client> request, Holds holds) {
    await(what)
        .atMost(CHANGE_MAX)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> {
          try (Client client = quorum.instance(asked).client()) {
            request.accept(client);
          } catch (StatusRuntimeException e) {
            System.out.println("  " + what + ": " + e.getStatus());
          }
          return holds.asExpected();
        });
  }

  @FunctionalInterface
  private interface Holds {
    boolean asExpected();
  }

  private Optional<Long> id(int asked, int seat) {
    return find(asked, seat).map(Member::getID);
  }

  /** Who is in that seat, as one of the others has it in the order. */
  private Optional<Member> find(int asked, int seat) {
    String url = quorum.seat(seat).peerUrl();
    return await("the list of members")
        .atMost(CHANGE_MAX)
        .ignoreException(StatusRuntimeException.class)
        .until(() -> members(asked), list -> !list.isEmpty())
        .stream()
        .filter(member -> member.getPeerURLsList().contains(url))
        .findAny();
  }

  private List<Member> members(int asked) {
    try (Client client = quorum.instance(asked).client()) {
      return client
          .cluster()
          .memberList(MemberListRequest.newBuilder().setLinearizable(true).build())
          .getMembersList();
    }
  }
}
