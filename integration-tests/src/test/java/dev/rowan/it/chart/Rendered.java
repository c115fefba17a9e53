package dev.rowan.it.chart;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * An object that the chart makes.
 *
 * @param text as it was rendered
 * @param fields what the text says
 */
record Rendered(String text, Map<?, ?> fields) {
  private static final Pattern DOCUMENTS = Pattern.compile("(?m)^---\\s*$");

  /** The objects of Helm's output, in its order. */
  static List<Rendered> all(String output) {
    List<Rendered> all = new ArrayList<>();
    for (String text : DOCUMENTS.split(output, -1)) {
      Object read = new Load(LoadSettings.builder().build()).loadFromString(text);
      if (read instanceof Map<?, ?> fields) {
        all.add(new Rendered(text, fields));
      } else if (read != null) {
        throw new IllegalArgumentException("not an object: " + text);
      }
    }
    return all;
  }

  String kind() {
    return text("kind");
  }

  String apiVersion() {
    return text("apiVersion");
  }

  String name() {
    return text("metadata", "name");
  }

  /** The text at the end of a path, which must be there. */
  String text(Object... path) {
    return at(path).toString();
  }

  /** The one of a list of objects that has a name. */
  static Map<?, ?> named(List<?> objects, String name) {
    return objects.stream()
        .map(Map.class::cast)
        .filter(object -> name.equals(object.get("name")))
        .findFirst()
        .orElseThrow();
  }

  List<?> list(Object... path) {
    return (List<?>) at(path);
  }

  /** What is at the end of a path of names, and of places in lists; it must be there. */
  Object at(Object... path) {
    return find(path)
        .orElseThrow(() -> new AssertionError(List.of(path) + " is missing in\n" + text));
  }

  Optional<Object> find(Object... path) {
    Object here = fields;
    for (Object step : path) {
      Object next = null;
      if (here instanceof Map<?, ?> map) {
        next = map.get(step);
      } else if (here instanceof List<?> list && step instanceof Integer place) {
        next = place < list.size() ? list.get(place) : null;
      }
      if (next == null) {
        return Optional.empty();
      }
      here = next;
    }
    return Optional.of(Objects.requireNonNull(here));
  }
}
