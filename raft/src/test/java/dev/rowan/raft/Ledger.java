package dev.rowan.raft;

import com.google.protobuf.ByteString;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** A state machine that remembers the texts that it was given, durable when it is told to be. */
final class Ledger implements RaftStateMachine {
  private final Path file;

  /** What is in the file, and what came after it. */
  private final List<String> texts = new ArrayList<>();

  private LogPosition position = LogPosition.NONE;
  private List<Peer> peers = List.of();
  private int installs;
  private boolean failing;
  private int snapshots;

  Ledger(Path file) {
    this.file = file;
  }

  /** Writes one that a cluster is to begin with. */
  static void seed(Path file, String text) throws IOException {
    seed(file, text, new LogPosition(0, 0));
  }

  /** Writes one with a text, as it is at a position. */
  static void seed(Path file, String text, LogPosition position) throws IOException {
    Ledger seeded = new Ledger(file);
    seeded.texts.add(text);
    seeded.position = position;
    seeded.write(file);
  }

  synchronized List<String> texts() {
    return List.copyOf(texts);
  }

  synchronized List<Peer> peers() {
    return peers;
  }

  synchronized int installs() {
    return installs;
  }

  synchronized int snapshots() {
    return snapshots;
  }

  /** Has it take over no state, as if the process ended there. */
  synchronized void failInstall() {
    failing = true;
  }

  synchronized LogPosition position() {
    return position;
  }

  @Override
  public synchronized LogPosition applied() throws IOException {
    if (Files.exists(file)) {
      read(file);
    }
    return position;
  }

  @Override
  public synchronized void apply(LogPosition next, ByteString entry) throws IOException {
    if (entry.toStringUtf8().equals("fail")) {
      throw new IOException("as told");
    }
    advance(next);
    texts.add(entry.toStringUtf8());
  }

  @Override
  public synchronized void configured(LogPosition next, List<Peer> members) {
    advance(next);
    peers = members;
  }

  @Override
  public synchronized void passed(LogPosition next) {
    advance(next);
  }

  private void advance(LogPosition next) {
    if (next.index() != position.index() + 1 || next.term() < position.term()) {
      throw new IllegalStateException(next + " after " + position);
    }
    position = next;
  }

  @Override
  public synchronized LogPosition persist() throws IOException {
    write(file);
    return position;
  }

  @Override
  public synchronized LogPosition snapshot(Path to) throws IOException {
    snapshots++;
    write(to);
    return position;
  }

  @Override
  public synchronized void install(Path from, LogPosition installed) throws IOException {
    if (failing) {
      throw new IOException("as told");
    }
    read(from);
    if (!position.equals(installed)) {
      throw new IllegalStateException("the file is at " + position + ", not at " + installed);
    }
    installs++;
    write(file);
  }

  /** Whole or not at all, if the process is killed. */
  private void write(Path to) throws IOException {
    Path made = to.resolveSibling(to.getFileName() + ".new");
    try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(made))) {
      out.writeLong(position.term());
      out.writeLong(position.index());
      out.writeInt(texts.size());
      for (String text : texts) {
        out.writeUTF(text);
      }
      out.writeInt(peers.size());
      for (Peer peer : peers) {
        out.writeLong(peer.id());
        out.writeUTF(peer.address());
        out.writeUTF(peer.role().name());
      }
    }
    Files.move(made, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private void read(Path from) throws IOException {
    try (DataInputStream in = new DataInputStream(Files.newInputStream(from))) {
      position = new LogPosition(in.readLong(), in.readLong());
      texts.clear();
      for (int left = in.readInt(); left > 0; left--) {
        texts.add(in.readUTF());
      }
      peers = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        peers.add(new Peer(in.readLong(), in.readUTF(), Peer.Role.valueOf(in.readUTF())));
      }
    }
  }
}
