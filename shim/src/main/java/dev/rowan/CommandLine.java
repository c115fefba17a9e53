package dev.rowan;

import java.util.List;
import java.util.Map;

/** The command line: a command with its arguments, or the server's flags. */
final class CommandLine {
  private CommandLine() {}

  /**
   * Reads it.
   *
   * @param terminal whether the log goes to a terminal unless an option says otherwise
   */
  static Request parse(List<String> args, Map<String, String> env, boolean terminal)
      throws UsageException {
    List<String> rest = args.isEmpty() ? args : args.subList(1, args.size());
    return switch (command(args)) {
      case RestoreOptions.COMMAND -> RestoreOptions.parse(rest, env);
      case MoveOptions.COPY -> MoveOptions.copy(rest);
      case MoveOptions.IMPORT -> MoveOptions.importing(rest, env);
      case MoveOptions.EXPORT -> MoveOptions.export(rest, env);
      case KineOptions.COMMAND -> KineOptions.parse(rest, env, terminal);
      default -> Options.server(args, env, terminal);
    };
  }

  /** What is to be done instead of serving; empty for the server. */
  private static String command(List<String> args) {
    String first = args.isEmpty() ? "" : args.getFirst();
    return switch (first) {
      case RestoreOptions.COMMAND,
          KineOptions.COMMAND,
          MoveOptions.COPY,
          MoveOptions.IMPORT,
          MoveOptions.EXPORT ->
          first;
      default -> "";
    };
  }

  /** The command whose help lists the flags of these arguments' command. */
  static String helpCommand(List<String> args) {
    String command = command(args);
    return command.isEmpty() ? "rowan --help" : "rowan " + command + " --help";
  }
}
