package dev.rowan.raft;

import com.google.protobuf.ByteString;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.LongConsumer;
import org.apache.ratis.thirdparty.com.google.protobuf.UnsafeByteOperations;
import org.jspecify.annotations.Nullable;

/**
 * Brings this member's proposals to the leader: to the {@link Intake} here, or over a connection.
 * Of the thread that sends.
 */
final class Streams implements Proposals.Carrier {
  private final Intake intake;
  private final PeerLinks links;
  private final LongConsumer broken;
  private final long memberId;
  private long number;

  /** Null if this member leads. */
  private @Nullable PeerLink link;

  Streams(Intake intake, PeerLinks links, LongConsumer broken, long memberId) {
    this.intake = intake;
    this.links = links;
    this.broken = broken;
    this.memberId = memberId;
  }

  @Override
  public boolean begin(long leaderId, long stream, long session, long term, long firstSequence) {
    number = stream;
    link = null;
    if (leaderId == memberId) {
      return intake.begin(session, term, firstSequence);
    }
    PeerLink made = links.link(leaderId);
    if (made == null) {
      return false;
    }
    link = made;
    made.whenClosed(() -> broken.accept(stream));
    made.send(Frame.STREAM, stream, Payload.ofLongs(session, term, firstSequence));
    return true;
  }

  @Override
  public boolean carry(EntryHeader header, ByteString entry) {
    Payload data = header.before(entry);
    if (link == null) {
      ByteBuf bytes = Unpooled.buffer(data.size(), data.size());
      data.write(bytes);
      return intake.accept(header, UnsafeByteOperations.unsafeWrap(bytes.array()));
    }
    link.send(Frame.PROPOSE, number, data);
    return link.isOpen();
  }
}
