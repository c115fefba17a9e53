package dev.rowan.it.chart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** What Kubernetes makes of a workload's container: its variables, and folders for its volumes. */
record Container(Rendered workload) {
  private static final Object[] POD = {"spec", "template", "spec"};

  private static Object[] path(Object... more) {
    return Stream.concat(Stream.of(POD), Stream.of(more)).toArray();
  }

  private static Object[] own(Object... more) {
    return path(Stream.concat(Stream.of("containers", 0), Stream.of(more)).toArray());
  }

  /** Its arguments as they were rendered. */
  List<String> flags() {
    return workload.list(own("args")).stream().map(Object::toString).toList();
  }

  /** The number of one of its ports. */
  String port(String name) {
    return String.valueOf(Rendered.named(workload.list(own("ports")), name).get("containerPort"));
  }

  /** The page and the port that a probe asks. */
  String probe(String probe, String what) {
    return workload.text(own(probe, "httpGet", what));
  }

  /**
   * Its variables.
   *
   * @param fields of its pod, by their paths
   * @param secret what every key of a Secret has
   */
  Map<String, String> variables(Map<String, String> fields, String secret) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (Object each : workload.list(own("env"))) {
      Rendered variable = new Rendered(workload.text(), (Map<?, ?>) each);
      String value =
          variable
              .find("value")
              .map(Object::toString)
              .or(() ->
                  variable
                      .find("valueFrom", "fieldRef", "fieldPath")
                      .map(field -> Objects.requireNonNull(fields.get(field), field.toString())))
              .orElseGet(() -> {
                var _ = variable.text("valueFrom", "secretKeyRef", "key");
                return secret;
              });
      variables.put(variable.text("name"), value);
    }
    return variables;
  }

  /**
   * Makes a folder for each of its volumes, with the files of those that are Secrets, and says
   * where it is mounted.
   *
   * @param secret the files of every Secret
   */
  Map<String, Path> mounts(Path folder, Map<String, String> secret) throws IOException {
    List<Object> volumes = new ArrayList<>(workload.list(path("volumes")));
    workload
        .find("spec", "volumeClaimTemplates")
        .ifPresent(claims -> ((List<?>) claims).forEach(claim -> volumes.add(asVolume(claim))));
    Map<String, Path> mounts = new LinkedHashMap<>();
    for (Object each : workload.list(own("volumeMounts"))) {
      Rendered mount = new Rendered(workload.text(), (Map<?, ?>) each);
      Rendered volume = new Rendered(workload.text(), Rendered.named(volumes, mount.text("name")));
      Path mounted = Files.createDirectories(folder.resolve(mount.text("name")));
      if (volume.find("secret").isPresent()) {
        var _ = volume.text("secret", "secretName");
        for (Map.Entry<String, String> item : items(volume, secret).entrySet()) {
          String content = Objects.requireNonNull(secret.get(item.getKey()), item.getKey());
          Files.writeString(mounted.resolve(item.getValue()), content);
        }
      }
      mounts.put(mount.text("mountPath"), mounted);
    }
    return mounts;
  }

  private static Map<String, Object> asVolume(Object claim) {
    Object metadata = Objects.requireNonNull(((Map<?, ?>) claim).get("metadata"));
    return Map.of("name", Objects.requireNonNull(((Map<?, ?>) metadata).get("name")));
  }

  /** The keys of a Secret that a volume has, each with the file that it becomes. */
  private static Map<String, String> items(Rendered volume, Map<String, String> secret) {
    Map<String, String> items = new LinkedHashMap<>();
    if (volume.find("secret", "items").isEmpty()) {
      secret.keySet().forEach(key -> items.put(key, key));
      return items;
    }
    for (Object each : volume.list("secret", "items")) {
      Rendered item = new Rendered(volume.text(), (Map<?, ?>) each);
      items.put(item.text("key"), item.text("path"));
    }
    return items;
  }
}
