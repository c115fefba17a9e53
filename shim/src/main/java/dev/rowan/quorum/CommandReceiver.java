package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.rowan.auth.Caller;
import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.proto.rowanpb.Answer;
import dev.rowan.proto.rowanpb.Call;
import dev.rowan.proto.rowanpb.Reply;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Carries out the commands that other members hand to this one, which leads. Any thread; nothing
 * waits. Replies are written by the sequencer's thread, as answers to clients are.
 */
final class CommandReceiver {
  private static final Logger log = LoggerFactory.getLogger(CommandReceiver.class);

  private final Sequencer sequencer;
  private final Duration timeout;

  /** What others wait for. */
  private final Set<Answers> underWay = ConcurrentHashMap.newKeySet();

  /**
   * @param timeout of a request: who hands one over may give it less
   */
  CommandReceiver(Sequencer sequencer, Duration timeout) {
    this.sequencer = sequencer;
    this.timeout = timeout;
  }

  /** Gives the {@link Reply} once all the commands of a {@link Call} are answered. */
  CompletableFuture<ByteString> carryOut(ByteString bytes) {
    Call call;
    try {
      call = Call.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      return CompletableFuture.failedFuture(e);
    }
    Answers answers = new Answers(call.getCommandsCount());
    underWay.add(answers);
    var _ = answers.reply.whenComplete((reply, thrown) -> underWay.remove(answers));
    for (int i = 0; i < call.getCommandsCount(); i++) {
      submit(call.getCommands(i), answers, i);
    }
    return answers.reply;
  }

  /** Completed once all that was taken until now is answered. */
  CompletableFuture<Void> settled() {
    return CompletableFuture.allOf(
        underWay.stream().map(answers -> answers.reply).toArray(CompletableFuture<?>[]::new));
  }

  private void submit(dev.rowan.proto.rowanpb.Command from, Answers answers, int place) {
    try {
      long millis = Math.min(from.getMillisLeft(), timeout.toMillis());
      submit(
          CommandCodec.decode(from),
          CommandCodec.caller(from),
          Duration.ofMillis(millis),
          answers,
          place);
    } catch (IllegalStateException | IllegalArgumentException e) {
      log.atError().setCause(e).log("a request of another member could not be read");
      answers.put(place, EtcdError.INTERNAL.exception());
    }
  }

  private <R> void submit(
      Command<R> command, Caller caller, Duration atMost, Answers answers, int place) {
    sequencer.submitHere(
        command,
        caller,
        new StreamObserver<>() {
          @Override
          public void onNext(R response) {
            answers.put(place, response);
          }

          @Override
          public void onError(Throwable refusal) {
            answers.put(place, refusal);
          }

          @Override
          public void onCompleted() {}
        },
        atMost);
  }

  /** Nobody would answer the others of the call if this one failed. */
  private static Answer encoded(Object outcome) {
    try {
      return AnswerCodec.encode(outcome);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("an answer to another member could not be written");
      return AnswerCodec.encode(EtcdError.INTERNAL.exception());
    }
  }

  /** The answers of one call, as they come in. */
  private final class Answers {
    private final CompletableFuture<ByteString> reply = new CompletableFuture<>();
    private final Answer[] answers;
    private final AtomicInteger missing;

    Answers(int commands) {
      answers = new Answer[commands];
      missing = new AtomicInteger(commands);
    }

    void put(int place, Object outcome) {
      answers[place] = encoded(outcome);
      if (missing.decrementAndGet() == 0) {
        Reply.Builder all = Reply.newBuilder().setPosition(sequencer.head().position());
        for (Answer answer : answers) {
          all.addAnswers(answer);
        }
        reply.complete(all.build().toByteString());
      }
    }
  }
}
