package dev.rowan.dialects;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What stands behind {@code sqlite://}: a path, and options that kine's users are used to. */
final class SqliteUrl {
  /** Options of kine's driver that change nothing here: Rowan sets what they set, or better. */
  private static final Set<String> HARMLESS =
      Set.of("_journal", "_journal_mode", "cache", "_busy_timeout", "_timeout", "_txlock");

  /** Values of them that ask for what is not served, and would be served silently otherwise. */
  private static final Map<String, List<String>> SERVED =
      Map.of("_journal", List.of("WAL"), "_journal_mode", List.of("WAL"));

  private SqliteUrl() {}

  static Endpoint.Sqlite parse(String rest) {
    int question = rest.indexOf('?');
    String path = question < 0 ? rest : rest.substring(0, question);
    if (path.isEmpty() || path.endsWith("/")) {
      throw new IllegalArgumentException("the sqlite endpoint names no file: sqlite://" + path);
    }
    Query.parse(question < 0 ? "" : rest.substring(question + 1)).forEach(SqliteUrl::check);
    return new Endpoint.Sqlite(Path.of(Query.decode(path)));
  }

  private static void check(String name, String value) {
    List<String> served = SERVED.get(name);
    boolean harmless = served == null || served.stream().anyMatch(value::equalsIgnoreCase);
    if (!HARMLESS.contains(name) || !harmless) {
      throw new IllegalArgumentException(
          "the sqlite endpoint's option " + name + "=" + value + " is not served");
    }
  }
}
