package dev.rowan.quorum;

import com.google.protobuf.ByteString;
import dev.rowan.proto.rowanpb.Entry;
import dev.rowan.raft.LogPosition;
import dev.rowan.raft.Peer;
import dev.rowan.raft.RaftStateMachine;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A state that is the list of members alone; of entries of another kind it takes no notice. */
final class MemberMachine implements RaftStateMachine {
  private final Membership membership;
  private LogPosition position = LogPosition.NONE;

  MemberMachine(Membership membership) {
    this.membership = membership;
  }

  @Override
  public synchronized LogPosition applied() {
    return position;
  }

  @Override
  public synchronized void apply(LogPosition next, ByteString bytes) throws IOException {
    Entry entry = Entry.parseFrom(bytes);
    if (entry.hasMemberChange()) {
      membership.apply(entry.getMemberChange());
    }
    position = next;
  }

  @Override
  public synchronized void configured(LogPosition next, List<Peer> peers) {
    position = next;
  }

  @Override
  public synchronized void passed(LogPosition next) {
    position = next;
  }

  /** Nothing is durable: a member that is opened again applies all of the log again. */
  @Override
  public synchronized LogPosition persist() {
    return LogPosition.NONE;
  }

  @Override
  public synchronized LogPosition snapshot(Path to) throws IOException {
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(to))) {
      out.writeLong(position.term());
      out.writeLong(position.index());
      out.write(membership.toBytes().toByteArray());
    }
    return position;
  }

  @Override
  public synchronized void install(Path from, LogPosition installed) throws IOException {
    try (DataInputStream in = new DataInputStream(Files.newInputStream(from))) {
      position = new LogPosition(in.readLong(), in.readLong());
      membership.load(ByteString.readFrom(in));
    }
  }
}
