package dev.rowan;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Reads the command line: {@code --name} or {@code -name}, the value after = or a space. */
final class CommandLineFlags {
  /** What etcd's flags of 3.5 and before began with that later ones do not. */
  private static final String EXPERIMENTAL = "experimental-";

  /** How much longer or shorter a flag may be that is suggested for a misspelt one. */
  private static final int LETTERS_OFF_MAX = 3;

  private CommandLineFlags() {}

  static Map<Flag, Given> read(List<String> args) throws UsageException {
    var commandLine = new CommandLine(spec());
    commandLine.setExpandAtFiles(false);
    try {
      return given(commandLine.parseArgs(args.toArray(String[]::new)));
    } catch (UnmatchedArgumentException e) {
      throw new UsageException(unknown(e));
    } catch (MissingParameterException e) {
      throw new UsageException(missing(e));
    } catch (ParameterException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private static CommandSpec spec() {
    CommandSpec spec = CommandSpec.create().name("rowan");
    spec.parser().posixClusteredShortOptionsAllowed(false).overwrittenOptionsAllowed(true);
    for (Flag flag : Flag.values()) {
      spec.addOption(option(flag));
    }
    return spec;
  }

  private static OptionSpec option(Flag flag) {
    List<String> names = new ArrayList<>(List.of(flag.dashed(), "-" + flag.key()));
    if (flag == Flag.HELP) {
      names.add("-h");
    }
    OptionSpec.Builder option = OptionSpec.builder(names.toArray(String[]::new)).type(String.class);
    return flag.form == Flag.Form.BOOL
        ? option.arity("0..1").fallbackValue("true").build()
        : option.arity("1").paramLabel(flag.form.placeholder).build();
  }

  private static Map<Flag, Given> given(ParseResult parsed) {
    Map<Flag, Given> given = new EnumMap<>(Flag.class);
    for (OptionSpec option : parsed.matchedOptions()) {
      Flag flag = flag(option);
      String value = option.getValue();
      given.put(flag, Given.onCommandLine(flag, value));
    }
    return given;
  }

  private static Flag flag(OptionSpec option) {
    String key = option.longestName().substring(2);
    return Flag.valueOf(key.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  private static String unknown(UnmatchedArgumentException e) {
    String argument = e.getUnmatched().getFirst();
    if (!argument.startsWith("-")) {
      return "\"" + argument + "\" is not a flag";
    }
    String key = argument.replaceFirst("^--?", "").replaceFirst("=.*", "");
    String message = "unknown flag --" + key;
    if (key.startsWith(EXPERIMENTAL) && Flags.find(key.substring(EXPERIMENTAL.length())) != null) {
      return message + "; did you mean --" + key.substring(EXPERIMENTAL.length()) + "?";
    }
    return e.getSuggestions().stream()
        .filter(name -> name.startsWith("--") && isNear(name.substring(2), key))
        .findFirst()
        .map(name -> message + "; did you mean " + name + "?")
        .orElse(message);
  }

  /** picocli orders its suggestions, and makes some for anything. */
  private static boolean isNear(String suggested, String key) {
    Flag flag = Flags.find(suggested);
    boolean served = flag != null && flag.standing == Flag.Standing.SERVED;
    return served && Math.abs(suggested.length() - key.length()) <= LETTERS_OFF_MAX;
  }

  private static String missing(MissingParameterException e) {
    return e.getMissing().getFirst() instanceof OptionSpec option
        ? flag(option).dashed() + " needs a value: " + flag(option).form.expected
        : String.valueOf(e.getMessage());
  }
}
