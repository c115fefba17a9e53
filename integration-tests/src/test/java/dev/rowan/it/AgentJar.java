package dev.rowan.it;

import dev.rowan.it.agent.Agent;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/** The agent of {@link dev.rowan.it.agent}, packed for the JVMs of servers. */
public final class AgentJar {
  private AgentJar() {}

  /**
   * The flags of a JVM that starts with the agent, and so without what was prepared for starts: it
   * compiles less, to be there as soon.
   *
   * @param dials the file of its {@link dev.rowan.it.agent.Dials}
   */
  public static List<String> flags(Path dials) {
    return List.of("-javaagent:" + Once.JAR + "=" + dials, "-XX:TieredStopAtLevel=1");
  }

  /** The jar's making, once a JVM. */
  private static final class Once {
    static final Path JAR = make();

    private static Path make() {
      Manifest manifest = new Manifest();
      manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
      manifest.getMainAttributes().putValue("Premain-Class", Agent.class.getName());
      Path jar = Server.newFolder("agent").resolve("agent.jar");
      try (OutputStream file = Files.newOutputStream(jar);
          JarOutputStream entries = new JarOutputStream(file, manifest)) {
        for (Path compiled : compiled()) {
          entries.putNextEntry(
              new JarEntry(
                  Agent.class.getPackageName().replace('.', '/') + "/" + compiled.getFileName()));
          Files.copy(compiled, entries);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return jar;
    }

    private static List<Path> compiled() throws IOException {
      Path folder = Path.of(Agent.class.getResource("Agent.class").getPath()).getParent();
      try (Stream<Path> files = Files.list(folder)) {
        return files.filter(file -> !file.endsWith("package-info.class")).toList();
      }
    }
  }
}
