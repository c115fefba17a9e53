package dev.rowan.it.faults;

import dev.rowan.proto.mvccpb.Event;
import java.util.List;

/** All events of one revision, as a watcher got them. */
record Transaction(long revision, List<Event> events) {
  List<Effect> effects() {
    return events.stream().map(Effect::of).toList();
  }
}
