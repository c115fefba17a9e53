package dev.rowan.packaging;

/** The manual page rowan(1), from what {@code rowan --help} prints. */
final class ManPage {
  private ManPage() {}

  static String of(String help, String version, String date) {
    var page = new StringBuilder();
    page.append(".TH ROWAN 1 ").append(date).append(" \"Rowan ").append(version).append("\"\n");
    page.append(".SH NAME\nrowan \\- the etcd v3 API from rows in a SQL database\n");
    page.append(".SH SYNOPSIS\n.nf\n");
    boolean usage = true;
    for (String line : help.split("\n", -1)) {
      if (usage && line.isEmpty()) {
        usage = false;
        page.append(".fi\n.SH DESCRIPTION\n");
      } else if (usage) {
        page.append(text(line.replaceFirst("^Usage:", "").strip())).append('\n');
      } else {
        append(page, line);
      }
    }
    page.append(
        """
        .SH FILES
        Data is in ${name}.rowan in the working folder unless a flag says otherwise.
        .SH SEE ALSO
        .BR etcdctl (1)
        """);
    return page.toString();
  }

  /**
   * Headings stand at the margin and end with a colon, flags are indented, and their texts more.
   */
  private static void append(StringBuilder page, String line) {
    if (line.startsWith("      ")) {
      page.append(text(line.strip())).append('\n');
    } else if (line.startsWith("  -")) {
      page.append(".TP\n.B ").append(text(line.strip())).append('\n');
    } else if (line.endsWith(":")) {
      page.append(".SH ").append(text(line.substring(0, line.length() - 1))).append('\n');
    } else if (!line.isEmpty()) {
      page.append(text(line)).append('\n');
    }
  }

  private static String text(String line) {
    String escaped = line.replace("\\", "\\e").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
