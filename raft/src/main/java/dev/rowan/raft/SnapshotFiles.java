package dev.rowan.raft;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whole states on their way to members for which the log doesn't reach back far enough. The
 * receiver asks for one, and then for piece after piece over a connection of its own; at the end
 * both compare a checksum of what was read and what was written.
 */
final class SnapshotFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotFiles.class);

  /** Bytes of one piece. */
  private static final int PIECE_BYTES = 1 << 20;

  /** A member that asks for no piece for so long is given up. */
  private static final Duration IDLE_MAX = Duration.ofSeconds(60);

  /** For the other to write its state to a file. */
  private static final Duration OPEN_MAX = Duration.ofMinutes(10);

  private final RaftStateMachine machine;
  private final Path folder;
  private final PeerLinks links;
  private final PeerThreads threads;
  private final RaftMeasures measures;
  private final AtomicLong numbers = new AtomicLong();

  /** By receiving member: one at a time. */
  private final Map<Long, Outgoing> outgoing = new ConcurrentHashMap<>();

  SnapshotFiles(
      RaftStateMachine machine,
      Path folder,
      PeerLinks links,
      PeerThreads threads,
      RaftMeasures measures) {
    this.measures = measures;
    this.machine = machine;
    this.folder = folder;
    this.links = links;
    this.threads = threads;
  }

  /** One being sent, read from its beginning to its end. */
  private static final class Outgoing {
    final long number;
    final Path file;
    final FileChannel channel;
    final MessageDigest digest = sha256();
    final AtomicBoolean ended = new AtomicBoolean();
    volatile long usedNanos = System.nanoTime();

    Outgoing(long number, Path file) throws IOException {
      this.number = number;
      this.file = file;
      channel = FileChannel.open(file, StandardOpenOption.READ);
    }

    synchronized ByteBuffer next() throws IOException {
      usedNanos = System.nanoTime();
      ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
      while (piece.hasRemaining() && channel.read(piece) >= 0) {}
      piece.flip();
      digest.update(piece.duplicate());
      return piece;
    }

    /** What becomes of it is counted once. */
    void end(RaftMeasures.OfPeer peer, boolean whole) {
      if (!ended.compareAndSet(false, true)) {
        return;
      }
      peer.stateSent(whole);
      try {
        channel.close();
        Files.deleteIfExists(file);
      } catch (IOException e) {
        LOG.warn("a snapshot's file stays until the next start: {}", e.toString());
      }
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private Path file(String kind) {
    return folder.resolve(String.format(Locale.ROOT, "%s-%d", kind, numbers.incrementAndGet()));
  }

  /** Writes the state for a member; its reply is number, term, index and size. */
  CompletableFuture<Payload> open(long from) {
    return CompletableFuture.supplyAsync(
        () -> {
          Path file = file("to");
          boolean written = false;
          try {
            LogPosition position = machine.snapshot(file);
            Outgoing opened = new Outgoing(numbers.incrementAndGet(), file);
            written = true;
            measures.of(from).stateBegins();
            Outgoing before = outgoing.put(from, opened);
            if (before != null) {
              before.end(measures.of(from), false);
            }
            return Payload.ofLongs(
                opened.number, position.term(), position.index(), opened.channel.size());
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          } finally {
            keepOnlyIf(written, file);
          }
        },
        threads.transfers());
  }

  /** The next piece; behind the last one, the checksum of all. */
  Payload read(long from, long number, long offset) throws IOException {
    Outgoing opened = outgoing.get(from);
    if (opened == null || opened.number != number || opened.channel.position() != offset) {
      throw new PeerError(PeerError.Code.FAILED, "no snapshot is open there");
    }
    ByteBuffer piece = opened.next();
    if (piece.hasRemaining()) {
      return Payload.ofBytes(piece);
    }
    outgoing.remove(from, opened);
    opened.end(measures.of(from), true);
    return Payload.ofBytes(ByteBuffer.wrap(opened.digest.digest()));
  }

  /** Gives up those that nobody asks for any more. Called from time to time. */
  void expire() {
    long now = System.nanoTime();
    outgoing.forEach((from, opened) -> {
      if (now - opened.usedNanos > IDLE_MAX.toNanos() && outgoing.remove(from, opened)) {
        opened.end(measures.of(from), false);
      }
    });
  }

  /** Gets a member's state into a file, complete and durable. */
  CompletableFuture<ReceivedState> fetch(long leaderId) {
    return CompletableFuture.supplyAsync(
        () -> {
          String address = links.address(leaderId);
          if (address == null) {
            throw new IllegalStateException("the leader's address isn't known");
          }
          Path file = file("from");
          boolean whole = false;
          try (PeerLink link = links.fresh(leaderId, address)) {
            ReceivedState fetched = receive(link, file);
            whole = true;
            return fetched;
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          } finally {
            measures.of(leaderId).stateReceived(whole);
            keepOnlyIf(whole, file);
          }
        },
        threads.transfers());
  }

  /** What is left of one that failed takes the room that the log needs. */
  private static void keepOnlyIf(boolean whole, Path file) {
    try {
      if (!whole) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      LOG.warn("a part of a snapshot's file stays until the next start: {}", e.toString());
    }
  }

  private ReceivedState receive(PeerLink link, Path file) throws IOException {
    long begun = System.nanoTime();
    long synced;
    long[] opened =
        await(
            link.call(
                Frame.SNAPSHOT_OPEN,
                Payload.EMPTY,
                OPEN_MAX,
                body ->
                    new long[] {
                      body.readLong(), body.readLong(), body.readLong(), body.readLong()
                    }),
            OPEN_MAX);
    LogPosition position = new LogPosition(opened[1], opened[2]);
    long size = opened[3];
    LOG.info("receiving the state at entry {}, {} bytes", position.index(), size);
    MessageDigest digest = sha256();
    try (FileChannel out =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long at = 0; at < size; ) {
        ByteBuffer piece = piece(link, opened[0], at);
        if (!piece.hasRemaining()) {
          throw new IOException("the state ended early");
        }
        digest.update(piece.duplicate());
        at += piece.remaining();
        while (piece.hasRemaining()) {
          out.write(piece);
        }
      }
      long written = System.nanoTime();
      out.force(true);
      synced = System.nanoTime() - written;
    }
    if (!MessageDigest.isEqual(digest.digest(), piece(link, opened[0], size).array())) {
      throw new IOException("the received state's checksum is wrong");
    }
    measures.observer().received(System.nanoTime() - begun, synced);
    return ReceivedState.keep(file, position);
  }

  private static ByteBuffer piece(PeerLink link, long number, long offset) throws IOException {
    return await(
        link.call(
            Frame.SNAPSHOT_READ, Payload.ofLongs(number, offset), IDLE_MAX, SnapshotFiles::copied),
        IDLE_MAX);
  }

  private static ByteBuffer copied(ByteBuf body) {
    byte[] bytes = new byte[body.readableBytes()];
    body.readBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  private static <T> T await(CompletableFuture<T> reply, Duration atMost) throws IOException {
    try {
      return reply.get(atMost.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void close() {
    outgoing.forEach((from, opened) -> opened.end(measures.of(from), false));
  }
}
