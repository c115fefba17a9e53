package dev.rowan.it.linearizability;

import static dev.rowan.it.conformance.Requests.OPEN;
import static dev.rowan.it.conformance.Requests.bytes;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.then;
import static dev.rowan.it.conformance.Requests.watch;
import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.linearizability.WatchRecord.Arrival;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest;
import dev.rowan.proto.etcdserverpb.WatchCreateRequest.FilterType;
import dev.rowan.proto.etcdserverpb.WatchResponse;
import dev.rowan.proto.mvccpb.Event;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each way in which a watcher can be told wrong is found, and nothing else is. */
final class WatchRulesTest {
  private final Story story = new Story();
  private final List<Arrival> arrivals = new ArrayList<>();

  /** 2: a, 3: a and b, 4: b deleted, 5: a. */
  @BeforeEach
  void write() {
    story.happens(put("a", "1").build());
    story.happens(then(op(put("a", "2")), op(put("b", "2"))).build());
    story.happens(delete("b").build());
    story.happens(put("a", "3").build());
  }

  private List<Event> events(long revision) {
    return story.events(revision);
  }

  private Event event(long revision, int sub) {
    return events(revision).get(sub);
  }

  private WatchResponse.Builder at(long revision) {
    WatchResponse.Builder response = WatchResponse.newBuilder();
    response.getHeaderBuilder().setRevision(revision);
    arrivals.add(new Arrival(arrivals.size(), response.build()));
    return response;
  }

  private void comes(WatchResponse.Builder response) {
    arrivals.set(arrivals.size() - 1, new Arrival(arrivals.size(), response.build()));
  }

  private void comes(long revision) {
    comes(at(revision).addAllEvents(events(revision)));
  }

  private void isCreatedAt(long revision) {
    comes(at(revision).setCreated(true));
  }

  private List<String> findings(WatchCreateRequest.Builder request) {
    WatchRecord record = new WatchRecord("w", request.build(), arrivals);
    return WatchRules.judge(record, story.log(), story.compacted);
  }

  private void assertFound(WatchCreateRequest.Builder request, String text) {
    assertThat(findings(request)).singleElement().asString().contains(text);
  }

  private static WatchCreateRequest.Builder all() {
    return watch(OPEN, OPEN);
  }

  @Test
  void rightWatchersHaveNoFindings() {
    isCreatedAt(1);
    comes(2);
    comes(3);
    comes(at(4));
    arrivals.removeLast();
    comes(4);
    comes(5);
    comes(at(5));

    assertThat(findings(all())).isEmpty();
  }

  @Test
  void catchUpMayBringSeveralRevisionsInOneResponse() {
    isCreatedAt(5);
    comes(at(5).addAllEvents(events(2)).addAllEvents(events(3)).addAllEvents(events(4)));
    comes(5);

    assertThat(findings(all().setStartRevision(2))).isEmpty();
  }

  @Test
  void rangeAndFiltersLeaveOutTheRest() {
    isCreatedAt(1);
    comes(at(3).addEvents(event(3, 1)));
    comes(at(5));

    assertThat(findings(watch("b").addFilters(FilterType.NODELETE))).isEmpty();
    assertFound(watch("b"), "revision 4 was lost before progress");
    assertThat(findings(watch("b", "c"))).hasSize(1);
    assertThat(findings(all())).isNotEmpty();
  }

  @Test
  void lostEventIsFound() {
    isCreatedAt(1);
    comes(2);
    comes(3);
    comes(5);

    assertFound(all(), "revision 4 was lost before revision 5");
  }

  @Test
  void lostFirstEventIsFound() {
    isCreatedAt(1);
    comes(3);

    assertFound(all(), "revision 2 was lost before revision 3");
    assertThat(findings(all().setStartRevision(3))).isEmpty();
  }

  @Test
  void lostLastEventIsFoundByProgress() {
    isCreatedAt(3);
    comes(4);
    comes(at(5));

    assertFound(all(), "revision 5 was lost before progress");
  }

  @Test
  void progressAheadOfItsEventsIsFound() {
    isCreatedAt(3);
    comes(at(4));
    comes(4);

    assertThat(findings(all())).hasSize(2).first().asString().contains("lost before progress");
  }

  @Test
  void progressMayOvertakeCreatedOnlyIfItWasAskedFor() {
    comes(at(5).setWatchId(-1));
    isCreatedAt(4);
    comes(5);
    assertThat(findings(all())).isEmpty();

    arrivals.set(0, new Arrival(0, at(5).build()));
    arrivals.removeLast();
    assertFound(all(), "before it was created");
  }

  @Test
  void progressToARevisionThatNeverWasIsFound() {
    isCreatedAt(5);
    comes(at(9));

    assertFound(all(), "progress to a revision that never was");
  }

  @Test
  void doubledEventIsFound() {
    isCreatedAt(1);
    comes(2);
    comes(2);

    assertFound(all(), "revision 2 came twice");
  }

  @Test
  void eventsOutOfOrderAreFound() {
    isCreatedAt(2);
    comes(4);
    comes(3);

    assertThat(findings(all())).hasSize(2).last().asString().contains("came twice or late");
  }

  @Test
  void eventsOfATransactionOutOfOrderAreFound() {
    isCreatedAt(2);
    comes(at(3).addEvents(event(3, 1)).addEvents(event(3, 0)));

    assertFound(all(), "revision 3 came otherwise");
  }

  @Test
  void tornTransactionIsFound() {
    isCreatedAt(2);
    comes(at(3).addEvents(event(3, 0)));
    comes(at(3).addEvents(event(3, 1)));

    assertThat(findings(all()))
        .satisfiesExactly(
            first -> assertThat(first).contains("revision 3 came otherwise"),
            second -> assertThat(second).contains("revision 3 was torn"));
  }

  @Test
  void fragmentsAreOneResponse() {
    isCreatedAt(2);
    comes(at(3).addEvents(event(3, 0)).setFragment(true));
    comes(at(3).addEvents(event(3, 1)));

    assertThat(findings(all().setFragment(true))).isEmpty();
    assertFound(all(), "a fragment that was not asked for");
  }

  @Test
  void previousValuesAreThoseBefore() {
    isCreatedAt(4);
    Event right = event(5, 0).toBuilder().setPrevKv(event(3, 0).getKv()).build();
    comes(at(5).addEvents(right));
    assertThat(findings(all().setPrevKv(true))).isEmpty();
    assertFound(all(), "revision 5 came otherwise");

    Event wrong = right.toBuilder().setPrevKv(event(2, 0).getKv()).build();
    arrivals.removeLast();
    comes(at(5).addEvents(wrong));
    assertFound(all().setPrevKv(true), "revision 5 came otherwise");
  }

  @Test
  void previousValueMayLackOnlyWhereItIsCompacted() {
    isCreatedAt(4);
    comes(5);
    assertFound(all().setPrevKv(true), "revision 5 came otherwise");

    story.compacted = 5;
    assertThat(findings(all().setPrevKv(true))).isEmpty();
  }

  @Test
  void wrongCreateRevisionVersionOrLeaseIsFound() {
    isCreatedAt(4);
    for (String field : List.of("create_revision", "version", "lease")) {
      Event.Builder wrong = event(5, 0).toBuilder();
      wrong
          .getKvBuilder()
          .setField(wrong.getKv().getDescriptorForType().findFieldByName(field), 77L);
      comes(at(5).addEvents(wrong));
      assertFound(all(), "revision 5 came otherwise");
      arrivals.removeLast();
    }
  }

  @Test
  void eventThatNeverWasIsFound() {
    isCreatedAt(5);
    Event.Builder never = event(5, 0).toBuilder();
    never.getKvBuilder().setModRevision(6).setValue(bytes("9"));
    comes(at(6).addEvents(never));

    assertFound(all(), "revision 6 never was");
  }

  @Test
  void eventBeforeTheStartIsFound() {
    isCreatedAt(5);
    comes(4);

    assertFound(all().setStartRevision(5), "revision 4 is before the start");
  }

  @Test
  void headerBehindItsEventsIsFound() {
    isCreatedAt(4);
    comes(at(4).addAllEvents(events(5)));

    assertFound(all(), "the header is behind");
  }

  @Test
  void endWithoutAReasonIsFound() {
    isCreatedAt(5);
    comes(at(0).setCanceled(true).setCompactRevision(4));
    assertFound(all().setStartRevision(2), "cancelled without a reason");

    story.compacted = 4;
    assertThat(findings(all().setStartRevision(2))).isEmpty();
    assertFound(all().setStartRevision(4), "cancelled without a reason");
  }

  @Test
  void eventBeforeCreatedOrAfterTheEndIsFound() {
    comes(2);
    assertFound(all().setStartRevision(2), "before it was created");

    arrivals.clear();
    isCreatedAt(1);
    comes(at(0).setCanceled(true).setCompactRevision(4));
    comes(2);
    story.compacted = 4;
    assertFound(all().setStartRevision(2), "after its end");
  }
}
