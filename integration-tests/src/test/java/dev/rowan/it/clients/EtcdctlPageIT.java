package dev.rowan.it.clients;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * docs/etcdctl.md against a new server. A new section is text with blocks of commands: written
 * without output, each fails here with what it printed, ready to be checked and filled in.
 */
class EtcdctlPageIT {
  private static final Path PAGE = Path.of("../docs/etcdctl.md");
  private static final String COMMAND = "$ ";
  private static final String INTERRUPT = "^C";
  private static final Pattern HERE_DOCUMENT = Pattern.compile("<<(\\w+)$");

  /** A command, and the lines that follow it. */
  private record Step(String command, List<String> lines) {
    boolean interrupted() {
      return !lines.isEmpty() && lines.getLast().equals(INTERRUPT);
    }

    List<String> output() {
      return interrupted() ? lines.subList(0, lines.size() - 1) : lines;
    }
  }

  @Test
  void everyCommandPrintsWhatThePageSays() throws IOException {
    List<Step> steps = steps(Files.readAllLines(PAGE));
    assertThat(steps).hasSizeGreaterThan(50);
    try (Server server = Rowan.overSqlite()) {
      Terminal terminal = new Terminal(server);
      for (Step step : steps) {
        String documented = String.join("\n", step.output());
        String printed =
            step.interrupted()
                ? terminal.interrupt(step.command(), step.output().size())
                : terminal.run(step.command());
        terminal.learn(documented, printed);
        assertThat(Terminal.masked(printed))
            .as("$ %s", step.command())
            .isEqualTo(terminal.expected(documented));
      }
    }
  }

  private static List<Step> steps(List<String> lines) {
    List<Step> steps = new ArrayList<>();
    boolean within = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("```")) {
        within = line.equals("```console");
      } else if (within && line.startsWith(COMMAND)) {
        StringBuilder command = new StringBuilder(line.substring(COMMAND.length()));
        Matcher here = HERE_DOCUMENT.matcher(line);
        if (here.find()) {
          do {
            command.append('\n').append(lines.get(++i));
          } while (!lines.get(i).equals(here.group(1)));
        }
        steps.add(new Step(command.toString(), new ArrayList<>()));
      } else if (within) {
        steps.getLast().lines().add(line);
      }
    }
    return steps;
  }
}
