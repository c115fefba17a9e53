package dev.rowan;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the command line as Go's flag package does, so that etcd's command lines mean the same
 * (CFG-1): {@code --name} or {@code -name}, the value after = or a space, a switch bare or with
 * {@code =true}. Of a flag that is given twice the last counts.
 */
final class CommandLineFlags {
  /** What etcd's flags of 3.5 and before began with that later ones do not. */
  private static final String EXPERIMENTAL = "experimental-";

  /** Letters that are wrong, missing or too many: one in so many, and a right form is suggested. */
  private static final int LETTERS_PER_MISTAKE = 4;

  private CommandLineFlags() {}

  static Map<Flag, Given> read(List<String> args) throws UsageException {
    Map<Flag, Given> given = new EnumMap<>(Flag.class);
    Iterator<String> rest = args.iterator();
    while (rest.hasNext()) {
      Given next = next(rest.next(), rest);
      given.put(next.flag(), next);
    }
    return given;
  }

  private static Given next(String argument, Iterator<String> rest) throws UsageException {
    if (!argument.startsWith("-") || argument.equals("-") || argument.equals("--")) {
      throw new UsageException("\"" + argument + "\" is not a flag");
    }
    String text = argument.substring(argument.startsWith("--") ? 2 : 1);
    int equals = text.indexOf('=');
    String key = equals < 0 ? text : text.substring(0, equals);
    Flag flag = key.equals("h") ? Flag.HELP : Flags.find(key);
    if (flag == null) {
      throw unknown(key);
    }
    if (equals >= 0) {
      return Given.onCommandLine(flag, text.substring(equals + 1));
    }
    if (flag.form == Flag.Form.BOOL) {
      return Given.onCommandLine(flag, "true");
    }
    if (!rest.hasNext()) {
      throw new UsageException(flag.dashed() + " needs a value: " + flag.form.expected);
    }
    return Given.onCommandLine(flag, rest.next());
  }

  private static UsageException unknown(String key) {
    String meant = meant(key);
    String question = meant == null ? "" : "; did you mean --" + meant + "?";
    return new UsageException("unknown flag --" + key + question);
  }

  private static @Nullable String meant(String key) {
    if (key.startsWith(EXPERIMENTAL) && Flags.find(key.substring(EXPERIMENTAL.length())) != null) {
      return key.substring(EXPERIMENTAL.length());
    }
    return Stream.of(Flag.values())
        .filter(Flag::isServed)
        .map(Flag::key)
        .filter(known -> lettersOff(known, key) <= key.length() / LETTERS_PER_MISTAKE)
        .min(Comparator.comparingInt(known -> lettersOff(known, key)))
        .orElse(null);
  }

  /** The edit distance of Levenshtein. */
  private static int lettersOff(String from, String to) {
    int[] above = new int[to.length() + 1];
    for (int column = 0; column < above.length; column++) {
      above[column] = column;
    }
    for (int row = 1; row <= from.length(); row++) {
      int[] here = new int[above.length];
      here[0] = row;
      for (int column = 1; column < here.length; column++) {
        int replaced = from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1;
        int changed = Math.min(above[column], here[column - 1]) + 1;
        here[column] = Math.min(changed, above[column - 1] + replaced);
      }
      above = here;
    }
    return above[to.length()];
  }
}
