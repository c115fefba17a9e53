package dev.rowan.it.agent;

import java.lang.instrument.Instrumentation;
import java.nio.file.Path;

/** What the JVM of a server under test starts first. */
public final class Agent {
  private Agent() {}

  /**
   * Has all classes that are not the JDK's ask {@link Disturbed} for the time and for the disk.
   *
   * @param file of the {@link Dials}
   */
  public static void premain(String file, Instrumentation instrumentation) {
    Disturbed.turnedBy(Dials.open(Path.of(file)));
    instrumentation.addTransformer(new Redirection());
  }
}
