package dev.rowan.quorum;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.proto.rowanpb.Reply;
import dev.rowan.raft.Peer;
import dev.rowan.raft.RaftException;
import dev.rowan.raft.RaftMember;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls between members of a quorum as Raft's connections carry them. */
final class RaftCarrierTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  @TempDir Path folder;

  private static CommandRelay relay(long id) {
    return new CommandRelay(id, () -> ByteString.copyFromUtf8("member " + id));
  }

  private static Reply get(Carrier carrier, long to) throws Exception {
    return Reply.parseFrom(
        carrier.carry(to, ByteString.EMPTY, LONG).get(LONG.toSeconds(), TimeUnit.SECONDS));
  }

  /** Before it serves, and while it doesn't lead, a member carries nothing out, and says so. */
  @Test
  void callsGetThereOrAreKnownNotTo() throws Exception {
    List<Peer> peers = Orderless.peers(1, 2);
    RaftMember one = Orderless.open(1, peers, relay(1), folder);
    RaftMember other = Orderless.open(2, peers, relay(2), folder);
    try {
      Carrier carrier = new RaftCarrier(other);
      await()
          .atMost(LONG)
          .ignoreExceptions()
          .until(() -> get(carrier, 1).equals(Reply.newBuilder().setNotLeading(true).build()));
      assertThat(RaftMember.discover(peers.getFirst().address(), null, LONG).description())
          .isEqualTo(ByteString.copyFromUtf8("member 1"));
      one.close();

      await()
          .atMost(LONG)
          .untilAsserted(() ->
              assertThatThrownBy(() -> get(carrier, 1))
                  .cause()
                  .isInstanceOf(Undelivered.class)
                  .hasCauseInstanceOf(RaftException.NotSent.class));
      other.close();
      assertThatThrownBy(() -> get(carrier, 1))
          .cause()
          .isInstanceOf(Undelivered.class)
          .hasCauseInstanceOf(RaftException.Stopped.class);
    } finally {
      one.close();
      other.close();
    }
  }
}
