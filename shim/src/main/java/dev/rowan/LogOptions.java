package dev.rowan;

import dev.rowan.ServerConfig.Log;
import dev.rowan.ServerConfig.Slow;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The flags about what is logged. */
final class LogOptions {
  private LogOptions() {}

  /**
   * How, and where to.
   *
   * @param terminal whether the log goes to a terminal unless a flag says otherwise
   */
  static Log log(Flags flags, boolean terminal) throws UsageException {
    Given level = flags.value(Flag.LOG_LEVEL);
    Log.Level least;
    try {
      least = Log.Level.valueOf(level.value().toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw level.malformed();
    }
    List<String> outputs = outputs(flags);
    Given format = flags.given(Flag.LOG_FORMAT);
    boolean json = !terminal || !outputs.equals(List.of("stderr"));
    if (format != null) {
      json = format.value().equals("json");
      if (!json && !format.value().equals("console")) {
        throw format.malformed();
      }
    }
    return new Log(least, json, outputs);
  }

  private static List<String> outputs(Flags flags) throws UsageException {
    Given value = flags.value(Flag.LOG_OUTPUTS);
    List<String> outputs = new ArrayList<>();
    for (String part : value.value().split(",", -1)) {
      String output = part.strip();
      if (output.isEmpty()) {
        throw value.malformed();
      }
      if (output.equals("systemd/journal")) {
        throw Flags.notServed(value.label() + " " + output);
      }
      outputs.add(output.equals("default") ? "stderr" : output);
    }
    return outputs.stream().distinct().toList();
  }

  /** What takes so long that it is told. */
  static Slow slow(Flags flags) throws UsageException {
    return new Slow(
        flags.duration(Flag.WARNING_UNARY_REQUEST_DURATION),
        flags.duration(Flag.WARNING_APPLY_DURATION));
  }
}
