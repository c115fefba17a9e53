package dev.rowan;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** Reads a configuration file: YAML, one mapping from flags without dashes to values. */
final class ConfigFile {
  private ConfigFile() {}

  static Map<Flag, Given> read(Given file) throws UsageException {
    Map<Flag, Given> given = new EnumMap<>(Flag.class);
    for (Map.Entry<String, @Nullable Object> entry : flat(mapping(file)).entrySet()) {
      String key = entry.getKey();
      Flag flag = Flags.find(key);
      if (flag == null || flag == Flag.CONFIG_FILE) {
        throw new UsageException(unknown(key, entry.getValue()) + " (from " + file.value() + ")");
      }
      given.put(flag, Given.inFile(flag, text(flag, entry.getValue()), file.value()));
    }
    return given;
  }

  private static Map<?, ?> mapping(Given file) throws UsageException {
    Object root;
    try {
      String yaml = Files.readString(Path.of(file.value()));
      root = new Load(LoadSettings.builder().build()).loadFromString(yaml);
    } catch (NoSuchFileException e) {
      throw new UsageException(file.label() + ": there is no file " + file.value());
    } catch (IOException e) {
      throw new UsageException(file.label() + ": cannot read " + file.value() + ": " + e);
    } catch (YamlEngineException e) {
      throw new UsageException(
          file.label() + ": " + file.value() + " is not YAML: " + firstLine(e.getMessage()));
    }
    if (root == null) {
      return Map.of();
    }
    if (root instanceof Map<?, ?> mapping) {
      return mapping;
    }
    throw new UsageException(file.label() + ": " + file.value() + " is not a mapping of flags");
  }

  /** etcd's file nests its TLS flags, under names of their own. */
  private static Map<String, @Nullable Object> flat(Map<?, ?> mapping) {
    Map<String, @Nullable Object> flat = new LinkedHashMap<>();
    for (Map.Entry<?, ?> entry : mapping.entrySet()) {
      String key = String.valueOf(entry.getKey());
      boolean peers = key.equals("peer-transport-security");
      if (entry.getValue() instanceof Map<?, ?> nested
          && (peers || key.equals("client-transport-security"))) {
        nested.forEach((name, value) -> flat.put(peers ? peers(name) : clients(name), value));
      } else {
        flat.put(key, entry.getValue());
      }
    }
    return flat;
  }

  private static String peers(Object name) {
    return switch (String.valueOf(name)) {
      case "allowed-cn" -> "peer-cert-allowed-cn";
      case "allowed-hostname" -> "peer-cert-allowed-hostname";
      default -> "peer-" + name;
    };
  }

  private static String clients(Object name) {
    return name.equals("allowed-hostname") ? "client-cert-allowed-hostname" : String.valueOf(name);
  }

  private static String firstLine(@Nullable String message) {
    return String.valueOf(message).lines().map(String::strip).collect(Collectors.joining(", "));
  }

  private static String unknown(String key, @Nullable Object value) {
    return value instanceof Map<?, ?>
        ? key + " is not served by this version of Rowan"
        : "unknown flag " + key;
  }

  /** A duration that is a plain number counts nanoseconds, as in etcd's files. */
  private static String text(Flag flag, @Nullable Object value) {
    return switch (value) {
      case null -> "";
      case List<?> list -> list.stream().map(String::valueOf).collect(Collectors.joining(","));
      case Number number when flag.form == Flag.Form.DURATION -> number + "ns";
      default -> String.valueOf(value);
    };
  }
}
