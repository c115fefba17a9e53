package dev.rowan.it.linearizability;

import dev.rowan.it.Client;
import dev.rowan.it.StreamSession.Received;
import dev.rowan.it.WatchSession;
import dev.rowan.it.linearizability.WatchRecord.Arrival;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import io.grpc.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A watcher that goes on behind the last revision that it knows to be complete, at another instance
 * by chance, whenever its stream breaks, as etcd's clients do; where that is compacted, it goes on
 * behind the compaction. Each stream is a record of its own. Runs on one thread; another tells it
 * to finish.
 */
final class Watch implements Runnable {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration PAUSE = Duration.ofMillis(50);
  private static final Duration FINISH_MAX = Duration.ofSeconds(60);

  private final String name;
  private final List<Instance> instances;
  private final SplittableRandom random;
  private final int responsesMax;
  private final CountDownLatch finishing = new CountDownLatch(1);
  private final List<WatchRecord> records = new ArrayList<>();
  private final List<String> findings = new ArrayList<>();

  private int instance;
  private WatchCreateRequest request;
  private long complete;
  private int responses;
  private boolean created;
  private boolean over;
  private volatile long last;
  private volatile long deadlineNanos;

  /**
   * A watcher that is not started yet.
   *
   * @param instance where it begins
   * @param responsesMax after so many it leaves
   */
  Watch(
      String name,
      List<Instance> instances,
      int instance,
      SplittableRandom random,
      WatchCreateRequest request,
      int responsesMax) {
    this.name = name;
    this.instances = instances;
    this.instance = instance;
    this.random = random;
    this.request = request;
    this.responsesMax = responsesMax;
  }

  @Override
  public void run() {
    while (!over) {
      stream();
      instance = random.nextInt(instances.size());
    }
  }

  /** Asks it to end as soon as it is complete to this revision. */
  void finish(long revision) {
    last = revision;
    deadlineNanos = System.nanoTime() + FINISH_MAX.toNanos();
    finishing.countDown();
  }

  /** What its streams brought; for after its end. */
  List<WatchRecord> records() {
    return records;
  }

  /** What went wrong that is not in the records; for after its end. */
  List<String> findings() {
    return findings;
  }

  private void stream() {
    Instance at = instances.get(instance);
    List<Arrival> arrivals = new ArrayList<>();
    records.add(new WatchRecord(name + " at " + at.life(), request, arrivals));
    try (Client client = at.client();
        WatchSession session = client.watch()) {
      created = false;
      session.create(request.toBuilder());
      follow(session, arrivals);
      if (complete > 0) {
        request = request.toBuilder().setStartRevision(complete + 1).build();
      }
      var _ = finishing.await(PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      over = true;
    }
  }

  /** Takes what comes until the stream or the watcher ends. */
  private void follow(WatchSession session, List<Arrival> arrivals) {
    while (!over) {
      boolean asked = finishing.getCount() == 0;
      switch (session.poll(POLL).orElse(null)) {
        case null -> {
          if (asked || random.nextInt(5) == 0) {
            session.progress();
          }
        }
        case Received.Response<WatchResponse>(WatchResponse response) -> {
          arrivals.add(new Arrival(System.nanoTime(), response));
          took(response);
          if (response.getCanceled()) {
            checkTime(asked);
            return;
          }
        }
        case Received.End<WatchResponse> end -> {
          ended(end.status());
          checkTime(asked);
          return;
        }
      }
      checkTime(asked);
    }
  }

  private void checkTime(boolean asked) {
    if (!over && asked) {
      over = complete >= last;
      if (!over && System.nanoTime() - deadlineNanos > 0) {
        findings.add("%s is complete to %d only, not to %d".formatted(name, complete, last));
        over = true;
      }
    }
  }

  private void took(WatchResponse response) {
    responses++;
    boolean wholeEvents = response.getEventsCount() > 0 && !response.getFragment();
    if (response.getCanceled()) {
      complete = Math.max(complete, response.getCompactRevision() - 1);
    } else if (response.getCreated()) {
      created = true;
      if (request.getStartRevision() == 0) {
        complete = Math.max(complete, response.getHeader().getRevision());
      }
    } else if (wholeEvents) {
      int count = response.getEventsCount();
      complete = Math.max(complete, response.getEvents(count - 1).getKv().getModRevision());
    } else if (response.getEventsCount() == 0 && created) {
      complete = Math.max(complete, response.getHeader().getRevision());
    }
    if (responses >= responsesMax && !response.getFragment()) {
      over = true;
    }
  }

  /** As clients see it: what is unavailable is tried again. */
  private void ended(Status status) {
    String text = String.valueOf(status.getDescription());
    boolean broken =
        switch (status.getCode()) {
          case UNAVAILABLE, CANCELLED -> true;
          case INTERNAL, UNKNOWN -> !text.startsWith("rowan:");
          default -> Answers.fromLearner(status);
        };
    if (!broken) {
      findings.add(name + " ended with " + status);
    }
  }
}
