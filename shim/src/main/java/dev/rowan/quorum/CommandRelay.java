package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import dev.rowan.cluster.Identity;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.proto.rowanpb.Reply;
import dev.rowan.raft.LeadershipListener;
import dev.rowan.raft.PeerCalls;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A member's part in having all commands put in order by the member that leads: hands those of its
 * clients over, and takes those of the others while it leads itself. Made before the member is
 * opened, and so before there is a sequencer. Any thread; nothing waits.
 */
public final class CommandRelay implements LeadershipListener, PeerCalls {
  private static final ByteString NOT_LEADING =
      Reply.newBuilder().setNotLeading(true).build().toByteString();

  private final long memberId;
  private final Supplier<ByteString> description;

  /** What serves, once there is a sequencer. */
  private record Serving(CommandForwarder forwarder, CommandReceiver receiver) {}

  private volatile @Nullable Serving serving;
  private volatile long leaderId;

  /**
   * Makes the relay of a member.
   *
   * @param description what whoever asks at this member's address is told of it
   */
  public CommandRelay(long memberId, Supplier<ByteString> description) {
    this.memberId = memberId;
    this.description = description;
  }

  /**
   * Begins to hand over and to take commands.
   *
   * @param identity of this member, whose header its clients get
   * @param requestTimeout the sequencer's
   */
  public synchronized void serve(
      Sequencer sequencer, Identity identity, Carrier carrier, Duration requestTimeout) {
    CommandForwarder forwarder =
        new CommandForwarder(memberId, sequencer, identity, carrier, requestTimeout);
    serving = new Serving(forwarder, new CommandReceiver(sequencer, requestTimeout));
    forwarder.leader(leaderId);
    sequencer.forwardTo(forwarder);
  }

  /** Commands of this member's clients that are with the member that leads, or wait for one. */
  public int open() {
    Serving running = serving;
    return running == null ? 0 : running.forwarder().open();
  }

  @Override
  public synchronized void changed(long term, long leader) {
    leaderId = leader;
    Serving running = serving;
    if (running != null) {
      running.forwarder().leader(leader);
    }
  }

  @Override
  public CompletableFuture<ByteString> call(long from, ByteString request) {
    Serving running = serving;
    if (running == null || leaderId != memberId) {
      return CompletableFuture.completedFuture(NOT_LEADING);
    }
    return running.receiver().carryOut(request);
  }

  /** Completed once all that was taken of the others until now is answered. */
  CompletableFuture<Void> settled() {
    Serving running = serving;
    return running == null ? CompletableFuture.completedFuture(null) : running.receiver().settled();
  }

  @Override
  public ByteString describe() {
    return description.get();
  }
}
