package dev.rowan.quorum;

import dev.rowan.proto.rowanpb.Member;
import dev.rowan.proto.rowanpb.MemberChange;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the others this member's name and client URLs, where the list doesn't have them as they
 * are: after its first start, and when they are others than before. On the timer; never waits.
 */
final class Publication {
  private static final Duration PERIOD = Duration.ofMillis(200);

  private static final Logger log = LoggerFactory.getLogger(Publication.class);

  private final long self;
  private final String name;
  private final Supplier<List<String>> clientUrls;
  private final Membership membership;
  private final MemberProposals proposals;
  private final ScheduledExecutorService timer;
  private boolean underWay;

  Publication(
      long self,
      String name,
      Supplier<List<String>> clientUrls,
      Membership membership,
      MemberProposals proposals,
      ScheduledExecutorService timer) {
    this.self = self;
    this.name = name;
    this.clientUrls = clientUrls;
    this.membership = membership;
    this.proposals = proposals;
    this.timer = timer;
  }

  void start(BiConsumer<Duration, Runnable> every) {
    every.accept(PERIOD, this::look);
  }

  private void look() {
    Roster members = membership.view();
    Member known = members.begun() ? members.member(self) : null;
    List<String> urls = clientUrls.get();
    if (underWay || known == null || told(known, urls)) {
      return;
    }
    MemberChange change =
        MemberChange.newBuilder()
            .setToken(MemberRequests.token())
            .setPublish(Member.newBuilder().setId(self).setName(name).addAllClientUrls(urls))
            .build();
    CompletableFuture<Roster.Outcome> proposed = proposals.propose(change);
    underWay = true;
    var _ =
        proposed.whenComplete((outcome, thrown) ->
            timer.execute(() -> {
              underWay = false;
              if (thrown != null) {
                log.atDebug()
                    .setCause(thrown)
                    .log("the others aren't told yet where clients find this member");
              }
            }));
  }

  private boolean told(Member known, List<String> urls) {
    return known.getName().equals(name) && known.getClientUrlsList().equals(urls);
  }
}
