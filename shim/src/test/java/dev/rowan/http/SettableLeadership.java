package dev.rowan.http;

import dev.rowan.cluster.Leadership;
import java.util.concurrent.CompletableFuture;

/** Leadership as a test sets it: at first this member leads. */
final class SettableLeadership implements Leadership {
  private volatile Place place = new Place(2, 1, false, 5, 5);

  void set(long leaderId, boolean learner) {
    place = new Place(place.term(), leaderId, learner, place.index(), place.appliedIndex());
  }

  @Override
  public Place place() {
    return place;
  }

  @Override
  public boolean leads() {
    return place.leaderId() == 1;
  }

  @Override
  public Seen seen() {
    return new Seen(3, 4);
  }

  @Override
  public CompletableFuture<Void> moveTo(long memberId) {
    return CompletableFuture.completedFuture(null);
  }
}
