package dev.rowan;

import java.util.List;
import java.util.Locale;

/**
 * A flag with the value it was given.
 *
 * @param label the flag as errors and the log name it, with where it came from
 */
record Given(Flag flag, String value, String label) {
  private static final List<String> TRUE = List.of("1", "t", "true");
  private static final List<String> FALSE = List.of("0", "f", "false");

  static Given onCommandLine(Flag flag, String value) {
    return new Given(flag, value, flag.dashed());
  }

  static Given inEnvironment(Flag flag, String value, String variable) {
    return new Given(flag, value, flag.dashed() + " (from " + variable + ")");
  }

  static Given inFile(Flag flag, String value, String file) {
    return new Given(flag, value, flag.dashed() + " (from " + file + ")");
  }

  UsageException malformed() {
    return new UsageException(label + ": \"" + value + "\" is not " + flag.form.expected);
  }

  boolean isTrue() throws UsageException {
    String lower = value.toLowerCase(Locale.ROOT);
    if (TRUE.contains(lower)) {
      return true;
    }
    if (FALSE.contains(lower)) {
      return false;
    }
    throw malformed();
  }

  /** Whether it asks for what is so anyway. */
  boolean changesNothing() throws UsageException {
    String canonical = flag.form == Flag.Form.BOOL ? String.valueOf(isTrue()) : value;
    return canonical.isEmpty() || flag.idleValues.contains(canonical);
  }
}
