package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.error.EtcdError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * The page for operators quotes what the server says, and alerts lead to its sections. The metrics
 * that they name are looked up at running servers, by the integration tests.
 */
class OperationsTest {
  private static final Path PAGE = Documents.FOLDER.resolve("operations.md");
  private static final Path RULES = Sources.ROOT.resolve("charts/rowan/files/rules.yaml");

  /** A text in the code, with the parts that it is added up of. */
  private static final Pattern LITERAL =
      Pattern.compile(
          "\"([^\"\\\\\n]*+(?:\\\\.[^\"\\\\\n]*+)*+"
              + "(?:\"\\s*+\\+\\s*+\"[^\"\\\\\n]*+(?:\\\\.[^\"\\\\\n]*+)*+)*+)\"");

  private static final Pattern SEAM = Pattern.compile("\"\\s*\\+\\s*\"");

  /** How a statement says the level of a log line. */
  private static final Pattern LEVEL =
      Pattern.compile("\\.(?:at)?([Dd]ebug|[Ii]nfo|[Ww]arn|[Ee]rror)\\(");

  private static final Pattern CONSTANT = Pattern.compile("String ([A-Z_]+) =\\s*$");

  /** What a client is answered. */
  private static final Pattern ERROR = Pattern.compile("(?<!`)\"((?:etcdserver|rowan): [^\"]+)\"");

  @Test
  void logLinesAreThoseOfTheCode() throws IOException {
    Set<String> literals = literals();
    List<String> lines =
        Documents.code(PAGE).stream()
            .filter(code -> code.length() > 2 && code.startsWith("\"") && code.endsWith("\""))
            .map(code -> code.substring(1, code.length() - 1))
            .toList();

    assertThat(lines).hasSizeGreaterThan(40);
    for (String line : lines) {
      for (String part : line.split("…", -1)) {
        assertThat(literals).as(line).anyMatch(literal -> literal.contains(part.strip()));
      }
    }
  }

  @Test
  void logLinesHaveTheirLevels() throws IOException {
    List<List<String>> rows = Documents.table(PAGE, "Log lines");

    assertThat(rows).hasSizeGreaterThan(10);
    for (List<String> row : rows) {
      String line = Documents.plain(row.getFirst()).replaceFirst("^\"", "").replaceFirst("\"$", "");
      String begin = line.split("…", 2)[0].strip();
      Set<String> levels = levels(begin);
      // The text of an exception, logged elsewhere.
      boolean failure = line.startsWith("the member cannot go on with");
      assertThat(failure ? Set.of("fatal") : levels).as(line).containsExactly(row.get(1));
    }
  }

  /** The levels with which texts are logged that begin like this. */
  private static Set<String> levels(String begin) throws IOException {
    Set<String> levels = new HashSet<>();
    for (Path source : Sources.main()) {
      String code = SEAM.matcher(Files.readString(source)).replaceAll("");
      int at = code.indexOf('"' + begin);
      if (at >= 0) {
        Matcher constant = CONSTANT.matcher(statement(code, at));
        int logged = constant.find() ? code.indexOf("(" + constant.group(1) + ")") : at;
        String statement = statement(code, logged);
        List<String> said = Documents.groups(LEVEL, statement);
        // One that is put together elsewhere has its level there.
        for (String level : said.isEmpty() ? Documents.groups(LEVEL, code) : said) {
          levels.add(statement.contains("FATAL") ? "fatal" : level.toLowerCase(Locale.ROOT));
        }
      }
    }
    return levels;
  }

  /** What stands before a place, in its statement. */
  private static String statement(String code, int at) {
    return code.substring(Math.max(0, code.lastIndexOf(';', at)), at);
  }

  private static Set<String> literals() throws IOException {
    Set<String> literals = new HashSet<>();
    for (Path source : Sources.main()) {
      for (String literal : Documents.groups(LITERAL, Files.readString(source))) {
        literals.add(SEAM.matcher(literal).replaceAll("").replace("\\\"", "\""));
      }
    }
    return literals;
  }

  @Test
  void errorsAreThoseOfTheCode() throws IOException {
    Set<String> known =
        Stream.of(EtcdError.values()).map(EtcdError::text).collect(Collectors.toSet());

    assertThat(Documents.groups(ERROR, Files.readString(PAGE)))
        .hasSizeGreaterThan(10)
        .isSubsetOf(known);
  }

  @Test
  void alertsLeadToASection() throws IOException {
    List<String> names = new ArrayList<>();
    for (Object alert : alerts()) {
      names.add(in(alert, "alert").toString());
      assertThat(in(in(alert, "labels"), "severity")).isIn("critical", "warning");
      Object annotations = in(alert, "annotations");
      assertThat(((Map<?, ?>) annotations).keySet())
          .asString()
          .isEqualTo("[summary, description, runbook]");
      String[] runbook = in(annotations, "runbook").toString().split("#", 2);
      assertThat(Sources.ROOT.resolve(runbook[0])).isEqualTo(PAGE);
      assertThat(Documents.anchors(PAGE)).contains(runbook[1]);
    }
    assertThat(names).hasSizeGreaterThan(10).doesNotHaveDuplicates();
  }

  private static List<Object> alerts() throws IOException {
    Object root = new Load(LoadSettings.builder().build()).loadFromString(Files.readString(RULES));
    List<Object> alerts = new ArrayList<>();
    for (Object group : (List<?>) in(root, "groups")) {
      alerts.addAll((List<?>) in(group, "rules"));
    }
    return alerts;
  }

  private static Object in(Object map, String key) {
    return Objects.requireNonNull(((Map<?, ?>) map).get(key), key);
  }
}
