package dev.rowan.maintenance;

import dev.rowan.auth.Caller;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.proto.etcdserverpb.DefragmentResponse;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Defragments the log (M-3): where it is this instance's alone, between two batches of the
 * sequencer, so that writes wait; a shared one beside them. The size is measured before the answer,
 * so whoever disarms an alarm next finds the room.
 */
public final class Defragmenter {
  private static final Logger log = LoggerFactory.getLogger(Defragmenter.class);

  private final RevisionLog revisionLog;
  private final Sequencer sequencer;
  private final StoreSize size;
  private final LongTasks tasks;

  public Defragmenter(
      RevisionLog revisionLog, Sequencer sequencer, StoreSize size, LongTasks tasks) {
    this.revisionLog = revisionLog;
    this.sequencer = sequencer;
    this.size = size;
    this.tasks = tasks;
  }

  void defragment(StreamObserver<DefragmentResponse> reply) {
    if (revisionLog.shared()) {
      onTasks(() -> vacuum(reply), reply);
    } else {
      sequencer.submit(new Command.Defragment(), Caller.INTERNAL, measured(reply));
    }
  }

  private void vacuum(StreamObserver<DefragmentResponse> reply) {
    try {
      revisionLog.defragment();
    } catch (LogException e) {
      log.atWarn().addKeyValue("error", e.getMessage()).log("the database was not defragmented");
      reply.onError(refusal(e).exception());
      return;
    }
    answer(reply, DefragmentResponse.getDefaultInstance());
  }

  private static EtcdError refusal(LogException e) {
    return switch (e) {
      case LogException.Full _ -> EtcdError.NO_SPACE;
      case LogException.Corrupt _ -> EtcdError.CORRUPT;
      default -> EtcdError.TIMED_OUT;
    };
  }

  private StreamObserver<DefragmentResponse> measured(StreamObserver<DefragmentResponse> reply) {
    return new StreamObserver<>() {
      @Override
      public void onNext(DefragmentResponse response) {
        onTasks(() -> answer(reply, response), reply);
      }

      @Override
      public void onError(Throwable t) {
        reply.onError(t);
      }

      @Override
      public void onCompleted() {}
    };
  }

  private void answer(StreamObserver<DefragmentResponse> reply, DefragmentResponse response) {
    size.measure();
    log.atInfo()
        .addKeyValue("bytes", size.measured().bytes())
        .addKeyValue("bytesInUse", size.measured().bytesInUse())
        .log("defragmented the database");
    reply.onNext(response);
    reply.onCompleted();
  }

  private void onTasks(Runnable task, StreamObserver<?> reply) {
    try {
      tasks.execute(task);
    } catch (RejectedExecutionException e) {
      reply.onError(EtcdError.TOO_MANY_REQUESTS.exception());
    }
  }
}
