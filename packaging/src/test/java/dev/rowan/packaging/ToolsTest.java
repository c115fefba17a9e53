package dev.rowan.packaging;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The tests of the image's program, which is written in Go. */
class ToolsTest {
  @Test
  void itsOwnTestsPass() throws IOException, InterruptedException {
    String path = System.getenv().getOrDefault("PATH", "");
    Assumptions.assumeTrue(
        "true".equals(System.getenv("CI"))
            || Stream.of(path.split(File.pathSeparator, -1))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, "go"))),
        "Go is not on the PATH");

    Command.run(
        Path.of("tools"), Map.of("CGO_ENABLED", "0"), List.of("go", "test", "-vet=all", "."));
  }
}
