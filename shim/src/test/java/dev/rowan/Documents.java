package dev.rowan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The project's documents, for tests that read them. */
final class Documents {
  static final Path README = Sources.ROOT.resolve("README.md");
  static final Path CHANGELOG = Sources.ROOT.resolve("CHANGELOG.md");
  static final Path FOLDER = Sources.ROOT.resolve("docs");
  static final Path ARCHITECTURE = FOLDER.resolve("ARCHITECTURE.md");
  static final Path COMPATIBILITY = FOLDER.resolve("compatibility.md");
  static final Path DECISIONS = FOLDER.resolve("decisions");

  private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```$");
  private static final Pattern CODE = Pattern.compile("`([^`\n]+)`");
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");

  private Documents() {}

  static List<Path> all() throws IOException {
    List<Path> all = new ArrayList<>(List.of(README, CHANGELOG));
    try (Stream<Path> files = Files.walk(FOLDER)) {
      files.filter(file -> file.toString().endsWith(".md")).forEach(all::add);
    }
    return all;
  }

  /** What stands between backticks within a line. */
  static List<String> code(Path document) throws IOException {
    return groups(CODE, FENCED.matcher(Files.readString(document)).replaceAll(""));
  }

  static List<String> links(Path document) throws IOException {
    return groups(LINK, FENCED.matcher(Files.readString(document)).replaceAll(""));
  }

  /** What links name after {@code #}, as GitHub makes it of headings. */
  static List<String> anchors(Path document) throws IOException {
    return groups(HEADING, Files.readString(document)).stream()
        .map(heading -> heading.toLowerCase(Locale.ROOT).replaceAll("[^\\w\\- ]", ""))
        .map(heading -> heading.replace(' ', '-'))
        .toList();
  }

  static List<String> lines(Path document) throws IOException {
    return Files.readAllLines(document);
  }

  /** The cells of the rows of the table below a heading. */
  static List<List<String>> table(Path document, String heading) throws IOException {
    List<List<String>> rows = new ArrayList<>();
    boolean inside = false;
    for (String line : lines(document)) {
      if (line.startsWith("## ")) {
        inside = line.equals("## " + heading);
      } else if (inside && line.startsWith("| ")) {
        rows.add(Stream.of(line.substring(1).split("\\|")).map(String::strip).toList());
      }
    }
    return rows.subList(1, rows.size()); // without the names of the columns
  }

  /** A cell without its backticks. */
  static String plain(String cell) {
    return cell.replace("`", "");
  }

  static List<String> groups(Pattern pattern, String text) {
    return pattern.matcher(text).results().map((MatchResult match) -> match.group(1)).toList();
  }
}
