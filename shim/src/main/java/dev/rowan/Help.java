package dev.rowan;

/** The text of {@code --help}, from the table of flags. */
final class Help {
  private Help() {}

  static String text() {
    var text = new StringBuilder();
    text.append("Usage: rowan [flags]\n");
    text.append("       rowan restore SNAPSHOT [flags]   (rowan restore --help)\n");
    text.append("       rowan import --from SOURCE [flags]   (rowan import --help)\n");
    text.append("       rowan export FILE [flags]   (rowan export --help)\n");
    text.append("       rowan copy FROM TO   (rowan copy --help)\n");
    text.append("       rowan kine [kine's flags]        (rowan kine --help)\n\n");
    text.append("Serves the etcd v3 API from rows in a SQL database.\n");
    text.append("Each flag can also be set as ETCD_NAME_OF_THE_FLAG.\n");
    for (Flag.Group group : Flag.Group.values()) {
      text.append('\n').append(group.title).append(":\n");
      for (Flag flag : Flag.values()) {
        if (flag.group == group && flag.isServed()) {
          append(text, flag);
        }
      }
    }
    return text.toString();
  }

  private static void append(StringBuilder text, Flag flag) {
    text.append("  ").append(flag.dashed());
    if (!flag.form.placeholder.isEmpty()) {
      text.append(" <").append(flag.form.placeholder).append('>');
    }
    text.append("\n      ").append(flag.help);
    if (!flag.fallback.isEmpty() && flag.form != Flag.Form.BOOL) {
      text.append(" Default: ").append(flag.fallback).append('.');
    }
    text.append('\n');
  }
}
