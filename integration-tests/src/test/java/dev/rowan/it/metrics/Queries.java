package dev.rowan.it.metrics;

import dev.rowan.it.Scrape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** What the dashboard, the alerts and the page for operators ask of the metrics. */
final class Queries {
  private static final Path FILES = Path.of("../charts/rowan/files");

  /** The alerts. */
  static final Path RULES = FILES.resolve("rules.yaml");

  private static final Path PAGE = Path.of("../docs/operations.md");

  /** Those that Prometheus gives to whatever it scrapes. */
  private static final Set<String> OF_TARGETS = Set.of("job", "instance");

  /** Prometheus' own, of each target. */
  private static final String SCRAPED = "up";

  private static final Set<String> OPERATORS = Set.of("and", "or", "unless", "bool", "offset");

  private static final Pattern GROUPING =
      Pattern.compile("\\b(?:by|without|on|ignoring|group_left|group_right)\\s*\\(([^)]*)\\)");
  private static final Pattern RANGE = Pattern.compile("\\[[^\\]]*\\]");
  private static final Pattern SELECTOR =
      Pattern.compile("(?<![\\w\"$])([a-zA-Z_:][\\w:]*+)(\\{[^}]*\\})?+(?!\\s*\\()");
  private static final Pattern MATCHER = Pattern.compile("(\\w+)\\s*(=~|!~|!=|=)\\s*\"([^\"]*)\"");
  private static final Pattern TEMPLATE = Pattern.compile("\\{\\{\\s*(?:\\$labels\\.)?(\\w+)");
  private static final Pattern VARIABLE = Pattern.compile("label_values\\((\\w+), (\\w+)\\)");
  private static final Pattern CODE =
      Pattern.compile("`((?:etcd|rowan|grpc|process|jvm|os)_[a-z0-9_]+)`");
  private static final Pattern LABEL = Pattern.compile("(\\w+)=\"([^\"]*)\"");

  private Queries() {}

  /** An expression, and the text of the panel or the alert that has it. */
  private record Query(String expression, String around) {}

  private static List<Query> all() throws IOException {
    List<Query> all = new ArrayList<>();
    for (String file : List.of("dashboard.json", "rules.yaml")) {
      // JSON is YAML too.
      String text = Files.readString(FILES.resolve(file));
      collect(new Load(LoadSettings.builder().build()).loadFromString(text), all);
    }
    return all;
  }

  private static void collect(Object node, List<Query> all) {
    if (node instanceof List<?> list) {
      list.forEach(each -> collect(each, all));
    } else if (node instanceof Map<?, ?> map) {
      if (map.get("expr") instanceof String expression) {
        all.add(new Query(expression, map.toString()));
      }
      if (map.get("definition") instanceof String definition) {
        Matcher variable = VARIABLE.matcher(definition);
        all.add(new Query(variable.replaceAll("sum by ($2) ($1)"), ""));
      }
      map.values().forEach(each -> collect(each, all));
    }
  }

  /** Their expressions, with a time in the place of what Grafana puts there. */
  static List<String> expressions() throws IOException {
    return all().stream().map(query -> query.expression.replace("$__rate_interval", "5m")).toList();
  }

  /** What they select and group by, and a server doesn't have; each with what asks for it. */
  static Set<String> missing(Scrape scrape) throws IOException {
    Set<String> missing = new TreeSet<>();
    for (Query query : all()) {
      missing(query, scrape, missing);
    }
    return missing;
  }

  /** Likewise, of an expression and of what is said around it. */
  static Set<String> missing(String expression, String around, Scrape scrape) {
    Set<String> missing = new TreeSet<>();
    missing(new Query(expression, around), scrape, missing);
    return missing;
  }

  private static void missing(Query query, Scrape scrape, Set<String> missing) {
    Set<String> used = new TreeSet<>();
    Matcher grouping = GROUPING.matcher(query.expression);
    while (grouping.find()) {
      for (String label : grouping.group(1).split(",", -1)) {
        used.add(label.strip());
      }
    }
    Matcher template = TEMPLATE.matcher(query.around);
    while (template.find()) {
      used.add(template.group(1));
    }
    used.removeAll(OF_TARGETS);
    String plain = RANGE.matcher(grouping.replaceAll("")).replaceAll("");
    Matcher selector = SELECTOR.matcher(plain);
    boolean found = true;
    while (selector.find()) {
      if (!OPERATORS.contains(selector.group(1)) && !SCRAPED.equals(selector.group(1))) {
        List<Map<String, String>> series = selected(selector, scrape);
        found &= !series.isEmpty();
        series.forEach(labels -> used.removeAll(labels.keySet()));
        if (series.isEmpty()) {
          missing.add(selector.group() + " in " + query.expression);
        }
      }
    }
    if (found) {
      used.forEach(label -> missing.add("label " + label + " in " + query.expression));
    }
  }

  /** The labels of the series that a selector finds, whatever its target is called. */
  private static List<Map<String, String>> selected(Matcher selector, Scrape scrape) {
    List<Map<String, String>> selected = new ArrayList<>();
    for (String series : scrape.series().keySet()) {
      String name = series.replaceFirst("\\{.*", "");
      if (name.equals(selector.group(1))) {
        Map<String, String> labels = labels(series);
        if (selector.group(2) == null || matches(selector.group(2), labels)) {
          selected.add(labels);
        }
      }
    }
    return selected;
  }

  private static Map<String, String> labels(String series) {
    Map<String, String> labels = new TreeMap<>();
    LABEL.matcher(series).results().forEach(label -> labels.put(label.group(1), label.group(2)));
    return labels;
  }

  private static boolean matches(String matchers, Map<String, String> labels) {
    return MATCHER
        .matcher(matchers)
        .results()
        .filter(matcher -> !OF_TARGETS.contains(matcher.group(1)))
        .allMatch(matcher -> {
          String value = labels.get(matcher.group(1));
          String wanted = matcher.group(3);
          return value != null
              && switch (matcher.group(2)) {
                case "=" -> value.equals(wanted);
                case "!=" -> !value.equals(wanted);
                case "=~" -> value.matches(wanted);
                default -> !value.matches(wanted);
              };
        });
  }

  /** The metrics that the page for operators names. */
  static Set<String> named() throws IOException {
    Set<String> named = new TreeSet<>();
    CODE.matcher(Files.readString(PAGE)).results().forEach(code -> named.add(code.group(1)));
    return named;
  }
}
