package dev.rowan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What follows a command's name: flags of its own, and what is no flag.
 *
 * @param positional in their order
 * @param values of the flags that have one, by name without dashes; the last of a name counts
 * @param switches those that are set
 */
record CommandArguments(List<String> positional, Map<String, String> values, Set<String> switches) {

  static final String HELP = "help";

  /**
   * Reads arguments.
   *
   * @param valued names of flags with a value
   * @param switched names of flags without one, but for {@link #HELP}, which every command has
   */
  static CommandArguments read(
      String command, List<String> args, Set<String> valued, Set<String> switched)
      throws UsageException {
    Reading reading = new Reading(command, valued, switched);
    int next = 0;
    while (next < args.size()) {
      next += reading.take(args.get(next), next + 1 < args.size() ? args.get(next + 1) : null);
    }
    return new CommandArguments(reading.positional, reading.values, reading.switches);
  }

  boolean help() {
    return switches.contains(HELP);
  }

  /** The given of these flags, as arguments of the server's command line. */
  List<String> given(Set<String> names) {
    return values.entrySet().stream()
        .filter(flag -> names.contains(flag.getKey()))
        .map(flag -> "--" + flag.getKey() + "=" + flag.getValue())
        .toList();
  }

  /** The server's variables that count: these, if none of the flags is given. */
  static Map<String, String> variables(
      List<String> given, Map<String, String> env, Set<String> names) {
    Map<String, String> counted = new HashMap<>();
    if (given.isEmpty()) {
      counted.putAll(env);
      counted.keySet().retainAll(names);
    }
    return counted;
  }

  private static final class Reading {
    private final String command;
    private final Set<String> valued;
    private final Set<String> switched;
    private final List<String> positional = new ArrayList<>();
    private final Map<String, String> values = new LinkedHashMap<>();
    private final Set<String> switches = new HashSet<>();

    private Reading(String command, Set<String> valued, Set<String> switched) {
      this.command = command;
      this.valued = valued;
      this.switched = switched;
    }

    /** Takes an argument, with the one after it where that is its value; returns how many. */
    private int take(String argument, @Nullable String following) throws UsageException {
      if (!argument.startsWith("-") || argument.equals("-")) {
        positional.add(argument);
        return 1;
      }
      String[] parts = argument.replaceFirst("^--?", "").split("=", 2);
      String name = parts[0].equals("h") ? HELP : parts[0];
      String value = parts.length == 2 ? parts[1] : null;
      if (name.equals(HELP) || switched.contains(name)) {
        turn(name, isTrue(argument, value));
        return 1;
      }
      if (!valued.contains(name)) {
        throw new UsageException("unknown flag --" + name + " of " + command);
      }
      String given = value == null ? following : value;
      if (given == null) {
        throw new UsageException("--" + name + " needs a value");
      }
      values.put(name, given);
      return value == null ? 2 : 1;
    }

    private void turn(String name, boolean on) {
      if (on) {
        switches.add(name);
      } else {
        switches.remove(name);
      }
    }

    private static boolean isTrue(String argument, @Nullable String value) throws UsageException {
      return switch (value) {
        case null -> true;
        case "true", "1", "t" -> true;
        case "false", "0", "f" -> false;
        default -> throw new UsageException(argument + " is not true or false");
      };
    }
  }
}
