package dev.rowan.it.linearizability;

import com.google.protobuf.ByteString;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.Event;
import java.util.List;

/**
 * One watcher on a stream of its own, from its request to the stream's end.
 *
 * @param name for the one who reads a finding
 */
record WatchRecord(String name, WatchCreateRequest request, List<Arrival> arrivals) {
  /**
   * A response.
   *
   * @param time when it was there, in {@link System#nanoTime}
   */
  record Arrival(long time, WatchResponse response) {}

  /** Whether it is told of every event there is. */
  boolean seesAll() {
    return request.getFiltersCount() == 0
        && request.getKey().equals(ByteString.copyFrom(new byte[1]))
        && request.getRangeEnd().equals(request.getKey());
  }

  /** Whether it is to be told of an event. */
  boolean sees(Event event) {
    WatchCreateRequest.FilterType filter =
        event.getType() == Event.EventType.PUT
            ? WatchCreateRequest.FilterType.NOPUT
            : WatchCreateRequest.FilterType.NODELETE;
    return !request.getFiltersList().contains(filter)
        && Keys.contain(request.getKey(), request.getRangeEnd(), event.getKv().getKey());
  }

  /** What it was told of the store's revision, and when. */
  List<Sighting> sightings() {
    return arrivals.stream()
        .map(arrival -> Sighting.of(arrival.time(), seen(arrival.response()), name))
        .toList();
  }

  private static long seen(WatchResponse response) {
    long last =
        response.getEventsCount() == 0
            ? Log.FIRST_REVISION
            : response.getEvents(response.getEventsCount() - 1).getKv().getModRevision();
    return Math.max(last, response.getHeader().getRevision());
  }
}
