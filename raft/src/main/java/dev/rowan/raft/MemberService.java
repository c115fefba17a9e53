package dev.rowan.raft;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.apache.ratis.proto.RaftProtos.AppendEntriesRequestProto;
import org.apache.ratis.proto.RaftProtos.InstallSnapshotRequestProto;
import org.apache.ratis.proto.RaftProtos.RequestVoteRequestProto;
import org.apache.ratis.proto.RaftProtos.StartLeaderElectionRequestProto;
import org.apache.ratis.server.RaftServer;
import org.apache.ratis.server.protocol.RaftServerAsynchronousProtocol;
import org.apache.ratis.server.protocol.RaftServerProtocol;
import org.apache.ratis.thirdparty.com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/** What other members ask of this one, once it runs. Called by the connections' threads. */
final class MemberService implements PeerService {
  private final RaftServerProtocol ratis;
  private final RaftServerAsynchronousProtocol ratisAsync;
  private final Intake intake;
  private final ReadIndex reads;
  private final MemberChanges changes;
  private final SnapshotFiles snapshots;
  private final LeaderLoss loss;
  private final Leadership leadership;
  private final PeerCalls application;
  private final long clusterId;
  private final Object appending = new Object();
  private volatile long heardNanos = System.nanoTime();

  MemberService(
      RaftServer.Division division,
      Leadership leadership,
      Intake intake,
      ReadIndex reads,
      MemberChanges changes,
      SnapshotFiles snapshots,
      LeaderLoss loss,
      PeerCalls application,
      long clusterId) {
    ratis = (RaftServerProtocol) division;
    ratisAsync = (RaftServerAsynchronousProtocol) division;
    this.leadership = leadership;
    this.intake = intake;
    this.reads = reads;
    this.changes = changes;
    this.snapshots = snapshots;
    this.loss = loss;
    this.application = application;
    this.clusterId = clusterId;
  }

  @Override
  public @Nullable CompletableFuture<Payload> call(
      byte kind, long from, ByteBuf body, Refusal refusal) throws IOException {
    return switch (kind) {
      case Frame.VOTE ->
          done(ratis.requestVote(PeerRpc.parse(body, RequestVoteRequestProto.parser())));
      case Frame.APPEND -> append(PeerRpc.parse(body, AppendEntriesRequestProto.parser()));
      case Frame.SNAPSHOT_NOTICE ->
          done(ratis.installSnapshot(PeerRpc.parse(body, InstallSnapshotRequestProto.parser())));
      case Frame.ELECT ->
          done(
              ratis.startLeaderElection(
                  PeerRpc.parse(body, StartLeaderElectionRequestProto.parser())));
      case Frame.STREAM ->
          oneWay(intake.begin(body.readLong(), body.readLong(), body.readLong()), refusal);
      case Frame.PROPOSE -> oneWay(propose(body), refusal);
      case Frame.READ_INDEX -> reads.lead().thenApply(Payload::ofLongs);
      case Frame.CONFIRM ->
          CompletableFuture.completedFuture(Payload.ofLongs(reads.confirm(body.readLong(), from)));
      case Frame.CHANGE -> changes.lead(MemberChanges.Change.read(body));
      case Frame.PING -> CompletableFuture.completedFuture(Payload.EMPTY);
      case Frame.MEMBER ->
          CompletableFuture.completedFuture(Payload.ofLongs(leadership.removed(from) ? 1 : 0));
      case Frame.GONE ->
          CompletableFuture.completedFuture(
              Payload.ofLongs(loss.gone(body.readLong(), body.readLong())));
      case Frame.SNAPSHOT_OPEN -> snapshots.open(from);
      case Frame.SNAPSHOT_READ ->
          CompletableFuture.completedFuture(snapshots.read(from, body.readLong(), body.readLong()));
      case Frame.CALL ->
          application
              .call(from, com.google.protobuf.ByteString.copyFrom(body.nioBuffer()))
              .thenApply(reply -> Payload.ofBytes(reply.asReadOnlyByteBuffer()));
      case Frame.DISCOVER -> CompletableFuture.completedFuture(describe());
      default -> throw new PeerError(PeerError.Code.FAILED, "an unknown call");
    };
  }

  private Payload describe() throws PeerError {
    com.google.protobuf.ByteString description = application.describe();
    if (description.size() > PeerCalls.DESCRIPTION_BYTES_MAX) {
      throw new PeerError(PeerError.Code.FAILED, "the member's description is too long");
    }
    return Payload.ofLongs(clusterId, leadership.memberId())
        .then(Payload.ofBytes(description.asReadOnlyByteBuffer()));
  }

  /** When a leader was last heard of, as {@link System#nanoTime}. */
  long heardNanos() {
    return heardNanos;
  }

  private static CompletableFuture<Payload> done(
      org.apache.ratis.thirdparty.com.google.protobuf.MessageLite reply) {
    return CompletableFuture.completedFuture(Payload.of(reply));
  }

  private static @Nullable CompletableFuture<Payload> oneWay(boolean taken, Refusal refusal) {
    if (!taken) {
      refusal.send();
    }
    return null;
  }

  /** One at a time: Ratis checks what stands before the entries outside of the lock of the log. */
  private CompletableFuture<Payload> append(AppendEntriesRequestProto request) throws IOException {
    heardNanos = System.nanoTime();
    synchronized (appending) {
      return ratisAsync.appendEntriesAsync(request).thenApply(Payload::of);
    }
  }

  private boolean propose(ByteBuf body) {
    return intake.accept(EntryHeader.take(body.nioBuffer()), ByteString.copyFrom(body.nioBuffer()));
  }
}
