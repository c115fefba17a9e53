package dev.rowan;

import dev.rowan.dialects.Endpoint;
import dev.rowan.moving.LiveSource;
import dev.rowan.quorum.SeededMember;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the command line asks for. */
sealed interface Request {
  /** Print a text and exit. */
  record Print(String text) implements Request {}

  /** Restore a snapshot and exit; with a member, into one of a new quorum's. */
  record Restore(
      Path snapshot, boolean skipHashCheck, Endpoint endpoint, @Nullable SeededMember member)
      implements Request {}

  /** Copy a store into another database and exit. */
  record Copy(Endpoint from, Endpoint to) implements Request {}

  /** Import from an etcd that runs and exit. */
  record LiveImport(LiveSource from, Endpoint to) implements Request {}

  /** Import kine's table and exit. */
  record KineImport(Endpoint from, Endpoint to) implements Request {}

  /** Write a store to a snapshot and exit. */
  record Export(Endpoint from, Path file) implements Request {}

  /** Serve, and log the notes first. */
  record Serve(ServerConfig config, List<Flags.Note> notes) implements Request {}
}
