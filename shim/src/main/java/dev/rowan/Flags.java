package dev.rowan;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The flags that were given, from the one place that counts for each: the configuration file alone
 * if there is one, else the command line before the environment.
 */
final class Flags {
  private static final String ETCD = "ETCD_";

  /** etcd has no such flag, so it may be set under our own name too. */
  private static final String OWN_ENDPOINT = "ROWAN_ENDPOINT";

  private static final Map<String, Flag> BY_KEY = new HashMap<>();

  static {
    for (Flag flag : Flag.values()) {
      BY_KEY.put(flag.key(), flag);
    }
  }

  private final Map<Flag, Given> given;
  private final List<Note> notes;

  private Flags(Map<Flag, Given> given, List<Note> notes) {
    this.given = given;
    this.notes = notes;
  }

  /** What the user should know of the options, to be logged once there is a log. */
  record Note(String message, String key, String value) {}

  static @Nullable Flag find(String key) {
    return BY_KEY.get(key);
  }

  static Flags read(List<String> args, Map<String, String> env) throws UsageException {
    List<Note> notes = new ArrayList<>();
    Map<Flag, Given> given = CommandLineFlags.read(args);
    if (given.containsKey(Flag.HELP) || given.containsKey(Flag.VERSION)) {
      return new Flags(given, notes);
    }
    environment(env, notes).forEach(given::putIfAbsent);
    Given file = given.get(Flag.CONFIG_FILE);
    if (file != null) {
      notes.clear();
      notes.add(
          new Note(
              "the configuration file alone counts: other flags and variables are ignored",
              "config-file",
              file.value()));
      given = ConfigFile.read(file);
    }
    Flags flags = new Flags(given, notes);
    flags.checkStandings();
    return flags;
  }

  private static Map<Flag, Given> environment(Map<String, String> env, List<Note> notes)
      throws UsageException {
    Map<Flag, Given> given = new EnumMap<>(Flag.class);
    for (String variable : env.keySet().stream().sorted().toList()) {
      String value = env.get(variable);
      boolean own = variable.equals(OWN_ENDPOINT);
      if (value == null || value.isEmpty() || !(own || variable.startsWith(ETCD))) {
        continue;
      }
      String name = variable.substring(variable.indexOf('_') + 1);
      Flag flag = find(name.toLowerCase(Locale.ROOT).replace('_', '-'));
      if (flag == null) {
        notes.add(new Note("unrecognized environment variable", "variable", variable));
        continue;
      }
      Given before = given.put(flag, Given.inEnvironment(flag, value, variable));
      if (before != null && !before.value().equals(value)) {
        throw new UsageException("ETCD_ENDPOINT contradicts " + OWN_ENDPOINT);
      }
    }
    return given;
  }

  private void checkStandings() throws UsageException {
    for (Given each : given.values()) {
      switch (each.flag().standing) {
        case SERVED, QUORUM -> {}
        case NO_MEANING ->
            notes.add(new Note("this flag has no meaning here", "flag", each.label()));
        case NOT_SERVED -> {
          if (!each.changesNothing()) {
            throw notServed(each.label());
          }
        }
      }
    }
  }

  static UsageException notServed(String what) {
    return new UsageException(what + " is not served by this version of Rowan");
  }

  List<Note> notes() {
    return notes.stream().distinct().toList();
  }

  void note(String message, Given about) {
    notes.add(new Note(message, "flag", about.label()));
  }

  @Nullable Given given(Flag flag) {
    return given.get(flag);
  }

  /** What was given, or the table's default. */
  Given value(Flag flag) {
    Given value = given.get(flag);
    return value != null ? value : Given.onCommandLine(flag, flag.fallback);
  }

  boolean isTrue(Flag flag) throws UsageException {
    return value(flag).isTrue();
  }

  /** A duration that isn't negative. */
  Duration duration(Flag flag) throws UsageException {
    Given value = value(flag);
    try {
      Duration duration = GoDuration.parse(value.value());
      if (!duration.isNegative()) {
        return duration;
      }
    } catch (IllegalArgumentException e) {
      // Refused below, as a negative one.
    }
    throw value.malformed();
  }

  Path path(Given value) throws UsageException {
    try {
      if (!value.value().isEmpty()) {
        return Path.of(value.value());
      }
    } catch (InvalidPathException e) {
      // Refused below, with the flag's name.
    }
    throw value.malformed();
  }
}
