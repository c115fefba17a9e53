package dev.rowan.raft;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks each other member from time to time whether it is there, and says so when one isn't. The
 * timer's; answers come on connections' threads.
 */
final class PeerPings {
  private static final Logger LOG = LoggerFactory.getLogger(PeerPings.class);

  /** Between two pings of a member, as etcd has it. */
  private static final Duration PERIOD = Duration.ofSeconds(4);

  /** Pings in a row without an answer after which it is said: the first may come too early. */
  private static final int MISSED_MAX = 2;

  private final Leadership leadership;
  private final PeerLinks links;
  private final RaftMeasures measures;
  private final Duration atMost;
  private final Map<Long, Integer> missed = new ConcurrentHashMap<>();

  PeerPings(RaftConfig config, Leadership leadership, PeerLinks links, RaftMeasures measures) {
    this.leadership = leadership;
    this.links = links;
    this.measures = measures;
    atMost = config.timing().election();
  }

  void start(ScheduledExecutorService timer) {
    var _ =
        timer.scheduleWithFixedDelay(this::pingAll, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Whatever is thrown would end the pings. */
  private void pingAll() {
    try {
      leadership.others().forEach(this::ping);
    } catch (RuntimeException e) {
      LOG.error("the other members cannot be pinged", e);
    }
  }

  private void ping(long peerId) {
    long sent = System.nanoTime();
    var _ =
        links
            .call(peerId, Frame.PING, Payload.EMPTY, atMost, body -> true)
            .whenComplete((answered, thrown) -> {
              measures.of(peerId).connected(thrown == null);
              if (thrown == null) {
                measures.observer().answered(peerId, System.nanoTime() - sent);
                answered(peerId);
              } else {
                missed(peerId, thrown);
              }
            });
  }

  private void missed(long peerId, Throwable thrown) {
    if (missed.merge(peerId, 1, Integer::sum) == MISSED_MAX) {
      LOG.atWarn()
          .addKeyValue("member", Peers.id(peerId))
          .addKeyValue("address", links.address(peerId))
          .addKeyValue("error", thrown.getMessage())
          .log("another member isn't reached");
    }
  }

  private void answered(long peerId) {
    Integer before = missed.remove(peerId);
    if (before != null && before >= MISSED_MAX) {
      LOG.atInfo()
          .addKeyValue("member", Peers.id(peerId))
          .addKeyValue("address", links.address(peerId))
          .log("another member is reached again");
    }
  }
}
