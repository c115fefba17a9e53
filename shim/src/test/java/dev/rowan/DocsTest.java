package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The documents say what the code says: names, numbers, links, commands. */
class DocsTest {
  private static final int README_LINES_MAX = 150;
  private static final int DECISION_LINES_MAX = 40;

  /** A class, with or without one of its members: at least one lower-case letter. */
  private static final Pattern CLASS =
      Pattern.compile("([A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*)(?:\\.([A-Za-z]\\w*))?");

  private static final Pattern THREAD =
      Pattern.compile("(?:\\.name|named|setPoolName)\\(\"(rowan-[a-z]+)\"\\)");
  private static final Pattern VALUE = Pattern.compile("([0-9,]+)(?: (ms|s|KiB|MiB))?");
  private static final Set<String> CHANGES =
      Set.of("Added", "Changed", "Deprecated", "Removed", "Fixed", "Security");

  @Test
  void readmeIsShort() throws IOException {
    assertThat(Documents.lines(Documents.README)).hasSizeLessThanOrEqualTo(README_LINES_MAX);
  }

  @Test
  void decisionsAreShortAndNumbered() throws IOException {
    for (Path document : Documents.all()) {
      if (document.startsWith(Documents.DECISIONS)) {
        String name = String.valueOf(document.getFileName());
        assertThat(name).matches("\\d{4}-[a-z0-9-]+\\.md");
        List<String> lines = Documents.lines(document);
        assertThat(lines).as(name).hasSizeLessThanOrEqualTo(DECISION_LINES_MAX);
        assertThat(lines.getFirst())
            .startsWith("# " + Integer.parseInt(name.substring(0, 4)) + ".");
        assertThat(lines)
            .as(name)
            .contains("## Context", "## Decision", "## Rejected", "## What would change our mind");
      }
    }
  }

  @Test
  void readmesTestCommandIsTheOneOfCi() throws IOException {
    String ci = Files.readAllLines(Sources.ROOT.resolve(".ci/run")).getLast();

    assertThat(Documents.lines(Documents.README))
        .filteredOn(line -> line.startsWith("./mvnw"))
        .containsExactly(ci.replaceFirst("^exec ", ""));
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    for (Path document : Documents.all()) {
      for (String link : Documents.links(document)) {
        if (!link.startsWith("https://")) {
          int hash = link.indexOf('#');
          String path = hash < 0 ? link : link.substring(0, hash);
          Path target = path.isEmpty() ? document : document.resolveSibling(path).normalize();
          assertThat(target).as("%s in %s", link, document).exists();
          if (hash >= 0) {
            assertThat(Documents.anchors(target)).as(link).contains(link.substring(hash + 1));
          }
        }
      }
    }
  }

  @Test
  void namedClassesExist() throws IOException {
    Map<String, String> known = new HashMap<>(Wire.read().names());
    for (Path source : Sources.all()) {
      known.merge(Sources.simpleName(source), Files.readString(source), String::concat);
    }
    for (Path document : Documents.all()) {
      for (String code : Documents.code(document)) {
        Matcher named = CLASS.matcher(code);
        if (named.matches()) {
          assertThat(known).as("%s in %s", code, document).containsKey(named.group(1));
          if (named.group(2) != null) {
            assertThat(known.get(named.group(1)))
                .as("%s in %s", code, document)
                .containsPattern("\\b" + named.group(2) + "\\b");
          }
        }
      }
    }
  }

  @Test
  void everyThreadOfOursIsListed() throws IOException {
    Set<String> made = new TreeSet<>();
    for (Path source : Sources.main()) {
      made.addAll(Documents.groups(THREAD, Files.readString(source)));
    }
    List<String> listed =
        Documents.table(Documents.ARCHITECTURE, "Threads").stream()
            .map(row -> Documents.plain(row.getFirst()))
            .toList();

    assertThat(made)
        .isNotEmpty()
        .allSatisfy(name -> assertThat(listed).anyMatch(thread -> isThread(thread, name)));
    assertThat(listed)
        .filteredOn(thread -> thread.startsWith("rowan-"))
        .allSatisfy(thread -> assertThat(made).anyMatch(name -> isThread(thread, name)));
  }

  /** A listed name may go on with a number, or with what a pool names its threads. */
  private static boolean isThread(String listed, String name) {
    return listed.matches(Pattern.quote(name) + "([-:][…0-9]+)?");
  }

  @Test
  void limitsAreThoseOfTheCode() throws IOException, ReflectiveOperationException {
    Map<String, String> classes = new HashMap<>();
    for (Path source : Sources.main()) {
      classes.put(Sources.simpleName(source), Sources.qualifiedName(source));
    }
    List<List<String>> rows = Documents.table(Documents.ARCHITECTURE, "Limits");
    assertThat(rows).isNotEmpty();
    for (List<String> row : rows) {
      String[] constant = Documents.plain(row.get(0)).split("\\.", 2);
      assertThat(classes).containsKey(constant[0]);
      Field field = Class.forName(classes.get(constant[0])).getDeclaredField(constant[1]);
      field.setAccessible(true);
      Object value = field.get(null);
      assertThat(value instanceof Duration ? value : ((Number) value).longValue())
          .as(row.get(0))
          .isEqualTo(value(row.get(1)));
    }
  }

  private static Object value(String cell) {
    Matcher value = VALUE.matcher(cell);
    assertThat(value.matches()).as(cell).isTrue();
    long number = Long.parseLong(value.group(1).replace(",", ""));
    return switch (value.group(2)) {
      case "ms" -> Duration.ofMillis(number);
      case "s" -> Duration.ofSeconds(number);
      case "KiB" -> number << 10;
      case "MiB" -> number << 20;
      case null, default -> number;
    };
  }

  @Test
  void optionsAreThoseOfTheCode() throws IOException {
    List<List<String>> expected = new ArrayList<>();
    for (Flag flag : Flag.values()) {
      expected.add(List.of("`" + flag.dashed() + "`", standing(flag), fallback(flag), help(flag)));
    }

    assertThat(Documents.table(Documents.COMPATIBILITY, "Options"))
        .containsExactlyElementsOf(expected);
  }

  private static String standing(Flag flag) {
    return switch (flag.standing) {
      case SERVED -> "served";
      case NO_MEANING -> "without meaning";
      case QUORUM -> "served in a quorum";
      case NOT_SERVED -> "refused";
    };
  }

  private static String fallback(Flag flag) {
    return flag.fallback.isEmpty() ? "-" : flag.fallback;
  }

  private static String help(Flag flag) {
    if (flag.isServed()) {
      return flag.help;
    }
    return flag.idleValues.isEmpty()
        ? "-"
        : "accepted as `" + String.join("`, `", flag.idleValues) + "`";
  }

  @Test
  void callsAreThoseOfTheTableAndTheCode() throws IOException {
    Map<String, Set<String>> served = Wire.served();
    List<String> rows = new ArrayList<>();
    for (List<String> row : Documents.table(Documents.COMPATIBILITY, "Calls")) {
      String remark = row.get(1).equals("served") ? "" : " " + row.get(2);
      rows.add(Documents.plain(row.get(0) + " " + row.get(1)) + remark);
    }

    List<String> expected = new ArrayList<>();
    for (String call : Wire.read().calls()) {
      String service = call.substring(call.indexOf('.') + 1, call.indexOf('/'));
      Set<String> methods = served.get(service);
      if (methods == null) {
        expected.add(
            call + " UNIMPLEMENTED unknown service " + call.substring(0, call.indexOf('/')));
      } else if (methods.contains(call.substring(call.indexOf('/') + 1))) {
        expected.add(call + " served");
      } else {
        expected.add(call + " UNIMPLEMENTED Method " + call + " is unimplemented");
      }
    }
    assertThat(rows).containsExactlyElementsOf(expected);
  }

  @Test
  void messagesAndFieldsAreThoseOfTheTable() throws IOException {
    Map<String, List<String>> messages = Wire.read().messages();
    Set<String> rows = new TreeSet<>();
    for (List<String> row : Documents.table(Documents.COMPATIBILITY, "Messages")) {
      String message = Documents.plain(row.get(0));
      assertThat(rows.add(message)).as("one row of %s", message).isTrue();
      List<String> all = messages.getOrDefault(message, List.of());
      List<String> fields = new ArrayList<>(fields(row.get(1), all));
      fields.addAll(fields(row.get(2), all));
      assertThat(fields).as(message).containsExactlyInAnyOrderElementsOf(all);
    }
    assertThat(rows).containsExactlyInAnyOrderElementsOf(messages.keySet());
  }

  private static List<String> fields(String cell, List<String> all) {
    return switch (cell) {
      case "all" -> all;
      case "-", "no fields" -> List.of();
      default -> List.of(Documents.plain(cell).split(", "));
    };
  }

  @Test
  void changelogKeepsItsForm() throws IOException {
    List<String> lines = Documents.lines(Documents.CHANGELOG);

    assertThat(lines).startsWith("# Changelog").contains("## [Unreleased]");
    assertThat(lines)
        .filteredOn(line -> line.startsWith("### "))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(CHANGES).contains(line.substring("### ".length())));
  }
}
