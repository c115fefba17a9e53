package dev.rowan.it.linearizability;

import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.bytes;
import static dev.rowan.it.conformance.Requests.compare;
import static dev.rowan.it.conformance.Requests.delete;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.op;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.then;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Message;
import dev.rowan.proto.etcdserverpb.Compare.CompareResult;
import dev.rowan.proto.etcdserverpb.Compare.CompareTarget;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import dev.rowan.proto.mvccpb.Event;
import io.grpc.Status;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each way in which a history can be wrong is found, and nothing else is. */
final class LinearizabilityTest {
  private final Story story = new Story();

  private static TxnRequest move(String from, String to, String value) {
    return then(op(delete(from)), op(put(to, value)))
        .addCompare(compare(CompareResult.GREATER, CompareTarget.CREATE, from).setCreateRevision(0))
        .addFailure(op(get(from)))
        .build();
  }

  private static LeaseGrantRequest grant(long id) {
    return LeaseGrantRequest.newBuilder().setID(id).setTTL(1000).build();
  }

  private static LeaseRevokeRequest revoke(long id) {
    return LeaseRevokeRequest.newBuilder().setID(id).build();
  }

  private void assertFound(String... texts) {
    List<String> findings = story.findings();
    assertThat(findings).hasSize(texts.length);
    for (int i = 0; i < texts.length; i++) {
      assertThat(findings.get(i)).contains(texts[i]);
    }
  }

  @Test
  void rightHistoryHasNoFindings() {
    story.does(grant(7), 1, 3);
    story.does(put("a", "1").setLease(7).setPrevKv(true).build(), 2, 4);
    story.does(put("b", "2").build(), 5, 9);
    story.does(move("a", "c", "3"), 6, 8);
    story.does(move("a", "c", "4"), 10, 20);
    story.does(get("a").build(), 11, 12);
    story.does(delete("b").setPrevKv(true).build(), 13, 14);
    story.does(put("d", "5").setLease(7).build(), 15, 16);
    story.does(revoke(7), 17, 18);
    story.refuses(put("d", "6").setLease(7).build(), 18, 19, Status.Code.NOT_FOUND, "lease");
    story.does(all().build(), 21, 22);
    story.readsAt(3, all().setSerializable(true).build(), 1, 23);

    assertFound();
  }

  @Test
  void overlappingOperationsMayTakeEffectInEitherOrder() {
    story.does(put("a", "1").build(), 5, 20);
    story.does(put("a", "2").build(), 1, 10);
    story.readsAt(2, get("a").build(), 2, 30);
    assertFound();

    story.readsAt(2, get("a").build(), 11, 12);
    assertFound("against real time: at revision 2");
  }

  @Test
  void lostWriteIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    story.does(put("a", "2").build(), 3, 4);
    story.transactions.remove(3L);

    assertFound("the log ends at 2");
  }

  @Test
  void writeWhosePlaceAnotherTookIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    Message response = story.does(put("b", "2").build(), 3, 4);
    story.tells(put("a", "3").build(), 3, 4, response);

    assertFound("two writes at revision 3", "a wrong answer");
  }

  @Test
  void staleReadIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    story.does(put("a", "2").build(), 3, 4);
    story.readsAt(2, get("a").build(), 5, 6);

    assertFound("against real time: at revision 2, but begun after revision 3");
  }

  @Test
  void staleReadOfWhatOnlyAWatcherSawIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    story.does(put("a", "2").build(), 3, 9);
    story.sightings.add(Sighting.of(5, 3, "a watcher"));
    story.readsAt(2, get("a").build(), 6, 7);

    assertFound("revision 3 had been seen by a watcher");
  }

  @Test
  void readThatWentBackBehindAnotherReadIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    story.does(put("a", "2").build(), 3, 20);
    story.does(get("a").build(), 5, 6);
    story.readsAt(2, get("a").build(), 7, 8);

    assertFound("against real time");
  }

  @Test
  void staleAnswerOfAFailedCompareIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    Message failed = Model.apply(move("b", "c", "3"), story.log(), 2).response();
    story.does(put("b", "2").build(), 3, 4);
    story.tells(move("b", "c", "3"), 5, 6, failed);

    assertFound("against real time: at revision 2");
  }

  @Test
  void serializableReadMayBeStaleButNotGoBack() {
    story.does(put("a", "1").build(), 1, 2);
    story.does(put("a", "2").build(), 3, 4);
    story.readsAt(2, get("a").setSerializable(true).build(), 1, 6);
    assertFound();

    story.readsAt(2, get("a").setSerializable(true).build(), 7, 8);
    assertFound("against real time: at revision 2");
  }

  @Test
  void serializableReadOfTheFutureIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    story.does(put("a", "2").build(), 9, 10);
    story.readsAt(3, get("a").setSerializable(true).build(), 3, 4);

    assertFound("at revision 3, but begun after revision 3");
  }

  @Test
  void readOfAStateThatNeverWasIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    RangeResponse response =
        (RangeResponse) story.does(get("a").setSerializable(true).build(), 3, 4);
    story.operations.removeLast();
    RangeResponse.Builder wrong = response.toBuilder();
    wrong.getKvsBuilder(0).setValue(bytes("2"));
    story.tells(get("a").setSerializable(true).build(), 3, 4, wrong.build());

    assertFound("a wrong answer");
  }

  @Test
  void readAtARevisionThatNeverWasIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    RangeResponse response = (RangeResponse) story.happens(get("a").build());
    RangeResponse.Builder wrong = response.toBuilder();
    wrong.getHeaderBuilder().setRevision(9);
    story.tells(get("a").build(), 3, 4, wrong.build());

    assertFound("the log ends at 2");
  }

  @Test
  void revisionOrderAgainstRealTimeIsFound() {
    story.does(put("a", "1").build(), 5, 6);
    story.does(put("b", "2").build(), 1, 2);

    assertFound("against real time: at revision 2, but begun after revision 3");
  }

  @Test
  void halfAppliedTransactionIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    story.does(move("a", "b", "2"), 3, 4);
    story.halve(3);

    assertFound("the log has not what was written");
  }

  @Test
  void halfAppliedTransactionOfUnknownOutcomeIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    story.leavesOpen(move("a", "b", "2"), 3);
    story.happens(move("a", "b", "2"));
    assertFound();

    story.halve(3);
    assertFound("revision 3 is not what anybody of unknown outcome asked for");
  }

  @Test
  void transactionWhoseCompareDidNotHoldIsFound() {
    TxnRequest create =
        then(op(put("a", "2")))
            .addCompare(compare(CompareResult.EQUAL, CompareTarget.MOD, "a").setModRevision(0))
            .build();
    story.does(put("a", "1").build(), 1, 2);
    TxnResponse succeeded = (TxnResponse) Model.apply(create, story.log(), 1).response();
    story.happens(put("a", "2").build());
    TxnResponse.Builder response = succeeded.toBuilder();
    response.getHeaderBuilder().setRevision(3);
    response.getResponsesBuilder(0).getResponsePutBuilder().getHeaderBuilder().setRevision(3);
    story.tells(create, 3, 4, response.build());

    assertFound("a wrong answer");
  }

  @Test
  void wrongPreviousValueIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    PutResponse response = (PutResponse) story.does(put("a", "2").setPrevKv(true).build(), 3, 4);
    story.operations.removeLast();
    PutResponse.Builder wrong = response.toBuilder();
    wrong.getPrevKvBuilder().setValue(bytes("0"));
    story.tells(put("a", "2").setPrevKv(true).build(), 3, 4, wrong.build());

    assertFound("a wrong answer");
  }

  @Test
  void wrongVersionInTheLogIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    story.does(put("a", "2").build(), 3, 4);
    Event.Builder wrong = story.events(3).getFirst().toBuilder();
    wrong.getKvBuilder().setVersion(1);
    story.transactions.put(3L, List.of(wrong.build()));

    assertFound("the log has not what was written");
  }

  @Test
  void doubledWriteIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    story.happens(put("a", "1").build());

    assertFound("revision 3 is not what anybody of unknown outcome asked for");
    assertFound("the same value is at revision 2");
  }

  @Test
  void unknownWriteMayHappenOrNot() {
    story.leavesOpen(put("a", "1").build(), 1);
    story.leavesOpen(put("a", "2").build(), 2);
    story.happens(put("a", "2").build());

    assertFound();
  }

  @Test
  void unknownWriteThatHappenedTwiceIsFound() {
    story.leavesOpen(put("a", "1").build(), 1);
    story.happens(put("a", "1").build());
    Event.Builder again = story.events(2).getFirst().toBuilder();
    again.getKvBuilder().setModRevision(3).setVersion(2);
    story.transactions.put(3L, List.of(again.build()));

    assertFound("revision 3 happened once more than it was asked for");
  }

  @Test
  void unknownWriteThatWasSeenBeforeItWasAskedForIsFound() {
    story.leavesOpen(put("a", "1").build(), 5);
    story.happens(put("a", "1").build());
    story.does(put("b", "2").build(), 2, 4);

    assertFound("revision 2 was seen before it was asked for");
  }

  @Test
  void unknownDeletionsAreGivenToWhomTheyFit() {
    story.does(put("a", "1").build(), 1, 2);
    story.leavesOpen(delete("a").build(), 3);
    story.happens(delete("a").build());
    story.does(put("a", "2").build(), 4, 5);
    story.leavesOpen(delete("a").build(), 6);
    story.happens(delete("a").build());
    assertFound();

    story.does(put("a", "3").build(), 7, 8);
    story.happens(delete("a").build());
    assertFound("revision 7 happened once more than it was asked for");
  }

  @Test
  void unknownDeletionIsNotTakenForTheEndOfALeaseThatLivedOn() {
    story.does(grant(7), 1, 2);
    story.does(put("a", "1").setLease(7).build(), 3, 4);
    story.leavesOpen(revoke(7), 5);
    story.leavesOpen(delete("a").build(), 5);
    story.happens(delete("a").build());
    story.does(put("a", "2").setLease(7).build(), 6, 7);
    assertFound();

    story.does(revoke(7), 8, 9);
    assertFound();
  }

  @Test
  void writeOfNobodyIsFound() {
    story.happens(put("a", "1").build());
    assertFound("revision 2 is not what anybody of unknown outcome asked for");
  }

  @Test
  void refusedWriteThatHappenedIsFound() {
    story.does(grant(7), 1, 2);
    story.does(revoke(7), 3, 4);
    story.refuses(put("a", "1").setLease(7).build(), 5, 6, Status.Code.NOT_FOUND, "lease");
    assertFound();

    story.happens(put("a", "1").setLease(7).build());
    assertFound("is not what anybody", "attached to a lease after its end");
  }

  @Test
  void revisionMissingFromTheLogIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    story.does(put("a", "2").build(), 3, 4);
    story.transactions.remove(2L);

    assertThatThrownBy(story::findings).hasMessage("revision 2 is not in the log");
  }

  @Test
  void leaseThatIsThereMustBeFound() {
    story.does(grant(7), 1, 2);
    story.refuses(put("a", "1").setLease(7).build(), 3, 4, Status.Code.NOT_FOUND, "lease");
    assertFound("a lease that is there was not found");

    story.does(revoke(7), 4, 5);
    assertFound();
  }

  @Test
  void leaseEndsOnceAndTakesAllItsKeys() {
    story.does(grant(7), 1, 2);
    story.does(put("a", "1").setLease(7).build(), 3, 4);
    story.does(put("b", "1").setLease(7).build(), 3, 4);
    story.does(revoke(7), 5, 6);
    assertFound();

    story.halve(4);
    assertFound("a wrong answer", "revision 4 is not what anybody");

    story.operations.removeLast();
    story.transactions.remove(4L);
    story.does(revoke(7), 5, 6);
    story.tells(revoke(7), 7, 8, Model.apply(revoke(7), story.log(), 4).response());
    assertFound("a lease ended twice");
  }

  @Test
  void writeAfterALeaseWasSeenToHaveEndedIsAfterItsEnd() {
    story.does(grant(7), 1, 2);
    story.does(put("a", "0").setLease(7).build(), 3, 4);
    story.does(put("b", "1").build(), 8, 9);
    story.does(revoke(7), 5, 20);
    story.refuses(put("a", "2").setLease(7).build(), 6, 7, Status.Code.NOT_FOUND, "lease");

    assertFound("against real time: at revision 3, but begun after revision 4");
  }

  @Test
  void refusalWithoutAReasonIsFound() {
    story.does(put("a", "1").build(), 1, 2);
    story.refuses(get("a").build(), 3, 4, Status.Code.INTERNAL, "rowan: internal error");
    story.refuses(get("a").setRevision(2).build(), 3, 4, Status.Code.OUT_OF_RANGE, "future");
    assertFound("refused without a reason", "refused without a reason");

    story.operations.removeLast();
    story.operations.removeLast();
    story.refuses(get("a").setRevision(2).build(), 3, 4, Status.Code.OUT_OF_RANGE, "compacted");
    story.compacted = 3;
    assertFound();
  }
}
