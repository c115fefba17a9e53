package dev.rowan.raft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Another member's state, received whole and verified, in a file of its own until the state machine
 * has it. As soon as Ratis knows of it, it may delete the log before its position and append behind
 * it: so it is kept over a crash, and taken over at the next start.
 */
record ReceivedState(Path file, LogPosition position) {
  private static final Logger LOG = LoggerFactory.getLogger(ReceivedState.class);
  private static final Pattern NAME = Pattern.compile("received-(\\d{1,18})-(\\d{1,18})");

  /**
   * Keeps what was received under the name by which the next start finds it.
   *
   * @param received durable
   */
  static ReceivedState keep(Path received, LogPosition position) throws IOException {
    String name = String.format(Locale.ROOT, "received-%d-%d", position.term(), position.index());
    Path kept = received.resolveSibling(name);
    Files.move(received, kept, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    ReceivedState state = new ReceivedState(kept, position);
    boolean durable = false;
    try {
      DurableFiles.syncFolder(received.resolveSibling("."));
      durable = true;
      return state;
    } finally {
      if (!durable) {
        state.delete();
      }
    }
  }

  /** Which of two reaches further; the log may be cut for it already. */
  static ReceivedState later(@Nullable ReceivedState before, ReceivedState state) {
    return before != null && before.position.index() > state.position.index() ? before : state;
  }

  /** Once the state machine has it, or a later one. */
  void delete() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("error", e.toString())
          .log("a received state's file stays until the next start");
    }
  }

  /** The latest that is kept in a folder, which may be missing. */
  static Optional<ReceivedState> latest(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .flatMap(file -> of(file).stream())
          .max(Comparator.comparingLong(one -> one.position.index()));
    }
  }

  private static Optional<ReceivedState> of(Path file) {
    Matcher name = NAME.matcher(file.getFileName().toString());
    return name.matches()
        ? Optional.of(
            new ReceivedState(
                file,
                new LogPosition(Long.parseLong(name.group(1)), Long.parseLong(name.group(2)))))
        : Optional.empty();
  }
}
