package dev.rowan;

import dev.rowan.moving.Copy;
import dev.rowan.moving.KineImport;
import dev.rowan.moving.LiveImport;
import dev.rowan.quorum.SeededMember;
import dev.rowan.snapshot.Export;
import dev.rowan.snapshot.Restore;
import dev.rowan.snapshot.Restored;
import dev.rowan.snapshot.SnapshotException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The process: reads the options, and moves a store or serves until a signal comes. */
public final class Main {
  /** Test frameworks wait for exactly this line. */
  private static final String READY = "ready to serve client requests";

  /** Set by ./rowan where the standard error output is a terminal: Java cannot tell. */
  private static final String TERMINAL = "rowan.terminal";

  private static final int EXIT_FAILURE = 1;
  private static final int EXIT_USAGE = 2;

  /** What a shell adds to the number of the signal that ended a process. */
  private static final int SIGNAL_EXIT = 128;

  private Main() {}

  public static void main(String[] args) {
    System.exit(run(List.of(args), System.getenv(), System.out, System.err));
  }

  static int run(List<String> args, Map<String, String> env, PrintStream out, PrintStream err) {
    Request request;
    try {
      request = CommandLine.parse(args, env, Boolean.getBoolean(TERMINAL));
    } catch (UsageException e) {
      err.println("rowan: " + e.getMessage());
      err.println(CommandLine.helpCommand(args) + " lists the flags");
      return EXIT_USAGE;
    }
    if (request instanceof Request.Serve serve) {
      return serve(serve, err);
    }
    ProgressBar progress = new ProgressBar(err, Boolean.getBoolean(TERMINAL));
    try {
      out.print(done(request, progress));
      return 0;
    } catch (SnapshotException e) {
      progress.end();
      err.println("rowan: " + e.getMessage());
      return EXIT_FAILURE;
    }
  }

  /** Does what isn't serving, and tells what was done. */
  private static String done(Request request, ProgressBar progress) throws SnapshotException {
    String text =
        switch (request) {
          case Request.Restore restore -> restore(restore, progress).text("restored");
          case Request.Copy copy -> Copy.copy(copy.from(), copy.to(), progress).text("copied");
          case Request.LiveImport live -> LiveImport.read(live.from(), live.to(), progress).text();
          case Request.KineImport kine ->
              KineImport.read(kine.from(), kine.to(), progress).text("imported");
          case Request.Export export -> exported(export, progress);
          case Request.Print print -> print.text();
          case Request.Serve _ -> throw new IllegalStateException("the server is not a command");
        };
    progress.end();
    return text;
  }

  private static String exported(Request.Export export, ProgressBar progress)
      throws SnapshotException {
    long bytes = Export.write(export.from(), export.file(), progress);
    return "exported to " + export.file() + ": " + bytes + " bytes\n";
  }

  private static Restored restore(Request.Restore request, ProgressBar progress)
      throws SnapshotException {
    Path file = request.snapshot();
    SeededMember member = request.member();
    return member == null
        ? Restore.restore(file, request.skipHashCheck(), request.endpoint(), progress)
        : Restore.restore(file, request.skipHashCheck(), member, progress);
  }

  private static int serve(Request.Serve request, PrintStream err) {
    try {
      Logging.configure(request.config().log());
    } catch (StartException e) {
      err.println("rowan: " + e.getMessage());
      return EXIT_FAILURE;
    }
    Logger log = LoggerFactory.getLogger(Main.class);
    for (Flags.Note note : request.notes()) {
      log.atWarn().addKeyValue(note.key(), note.value()).log(note.message());
    }
    CompletableFuture<Void> stop = onSignals();
    try (Server server = Server.start(request.config(), stop)) {
      log.atInfo()
          .addKeyValue("client-urls", server.clientUrls())
          .addKeyValue("version", Version.rowan())
          .log(READY);
      CompletableFuture.anyOf(stop, server.removed()).join();
      log.info("stopping");
    } catch (StartException e) {
      if (stop.isDone()) {
        log.atInfo().addKeyValue("reason", e.getMessage()).log("stopping");
        return 0;
      }
      log.atError()
          .addMarker(Logging.FATAL)
          .setCause(log.isDebugEnabled() ? e : null)
          .log(e.getMessage());
      return EXIT_FAILURE;
    } finally {
      Logging.close();
    }
    return 0;
  }

  /** The first signal completes the future, the second ends the process at once. */
  private static CompletableFuture<Void> onSignals() {
    var stop = new CompletableFuture<Void>();
    Signals.handle(
        List.of("TERM", "INT"),
        number -> {
          if (!stop.complete(null)) {
            Runtime.getRuntime().halt(SIGNAL_EXIT + number);
          }
        });
    return stop;
  }
}
