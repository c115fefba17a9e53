package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.quorum.Orderless;
import dev.rowan.quorum.RaftCarrier;
import dev.rowan.raft.Peer;
import dev.rowan.raft.RaftMember;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands between members over Raft's connections, to whoever Raft says leads. */
class ForwardingOverRaftTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int ROUNDS = 6;
  private static final int WRITES = 100;
  private static final PutRequest PUT =
      PutRequest.newBuilder().setKey(ByteString.copyFromUtf8("k")).build();

  @TempDir Path folder;

  @Test
  void leadershipMovesAndEveryWriteIsCarriedOutOnce() throws Exception {
    try (TwoMembers members = new TwoMembers(folder)) {
      List<Peer> peers = Orderless.peers(members.one.id(), members.other.id());
      try (RaftMember one = Orderless.open(members.one.id(), peers, members.one.relay, folder);
          RaftMember other =
              Orderless.open(members.other.id(), peers, members.other.relay, folder)) {
        members.one.serve(new RaftCarrier(one));
        members.other.serve(new RaftCarrier(other));
        List<Future<PutResponse>> written = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
          await().atMost(PATIENCE).until(() -> one.status().leader() || other.status().leader());
          RaftMember leader = one.status().leader() ? one : other;
          long next = leader == one ? members.other.id() : members.one.id();
          write(members, written);
          var moved = leader.transferLeadership(next);
          write(members, written);
          moved.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }
        for (Future<PutResponse> each : written) {
          each.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        assertThat(
                KVGrpc.newBlockingStub(members.one.channel())
                    .range(RangeRequest.newBuilder().setKey(PUT.getKey()).build())
                    .getKvs(0)
                    .getVersion())
            .isEqualTo(written.size());
      }
    }
  }

  private static void write(TwoMembers members, List<Future<PutResponse>> written) {
    for (int i = 0; i < WRITES; i++) {
      written.add(KVGrpc.newFutureStub(members.one.channel()).put(PUT));
      written.add(KVGrpc.newFutureStub(members.other.channel()).put(PUT));
    }
  }
}
