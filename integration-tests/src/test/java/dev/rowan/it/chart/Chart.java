package dev.rowan.it.chart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.GoProgram;
import dev.rowan.it.clients.Program;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The chart, as Helm reads it. */
final class Chart {
  static final Path FOLDER = Path.of("../charts/rowan").toAbsolutePath().normalize();

  static final String RELEASE = "rowan";
  static final String NAMESPACE = "chart";

  private Chart() {}

  /** The values that are tried, by the names of their files. */
  static Stream<String> values() {
    try (Stream<Path> files = Files.list(FOLDER.resolve("ci"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList().stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Program lint(String values) {
    return helm("lint", FOLDER.toString(), "--strict", "--values", file(values));
  }

  /** What is rendered with values, and with some that count before them: {@code a.b=c}. */
  static Program template(String values, String... set) {
    return release("template", values, set);
  }

  /** Likewise, with what an installation ends with: nothing is installed. */
  static Program notes(String values, String... set) {
    return release("install", values, set);
  }

  private static Program release(String command, String values, String... set) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                command,
                RELEASE,
                FOLDER.toString(),
                "--dry-run=client",
                "--namespace",
                NAMESPACE,
                "--values",
                file(values)));
    Stream.of(set).forEach(value -> arguments.addAll(List.of("--set", value)));
    return helm(arguments.toArray(String[]::new));
  }

  /** Likewise, taken apart. */
  static List<Rendered> render(String values, String... set) {
    Program rendered = template(values, set);
    assertThat(rendered.status()).as(rendered.output()).isZero();
    return Rendered.all(rendered.output());
  }

  /** Likewise, the one of a kind. */
  static Rendered one(List<Rendered> rendered, String kind) {
    List<Rendered> found = rendered.stream().filter(each -> each.kind().equals(kind)).toList();
    assertThat(found).as(kind).hasSize(1);
    return found.getFirst();
  }

  private static Program helm(String... arguments) {
    return Program.run(GoProgram.HELM, "", List.of(arguments));
  }

  private static String file(String values) {
    return FOLDER.resolve("ci").resolve(values).toString();
  }
}
