package dev.rowan.it;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A server as a process of its own: started, stopped in each way that the outside world stops one,
 * and started again with the same command. Its output is appended to a file. Not thread-safe.
 */
public final class ServerProcess implements AutoCloseable {
  /** What etcd and Rowan log when clients may come. */
  private static final String READY = "ready to serve client requests";

  /** Far more than a start takes on a busy machine. */
  private static final Duration START_MAX = Duration.ofSeconds(90);

  private static final Duration STOP_MAX = Duration.ofSeconds(30);
  private static final int LOG_TAIL_CHARS = 4000;

  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> RUNNING.forEach(Process::destroyForcibly), "server-killer"));
  }

  private final List<String> command;
  private final Path log;
  private final String ready;
  private volatile Process process;
  private int logStart;

  private ServerProcess(List<String> command, Path log, String ready) {
    this.command = List.copyOf(command);
    this.log = log;
    this.ready = ready;
    this.process = launch();
  }

  /** Starts a command, its output going to the file. Returns at once. */
  public static ServerProcess start(List<String> command, Path log) {
    return start(command, log, READY);
  }

  /**
   * Starts a command that is not etcd's like.
   *
   * @param ready what it logs when it serves
   */
  static ServerProcess start(List<String> command, Path log, String ready) {
    return new ServerProcess(command, log, ready);
  }

  /** Waits until the server's log says that it serves, and fails if it ends before. */
  public ServerProcess awaitReady() {
    await()
        .atMost(START_MAX)
        .pollInterval(Duration.ofMillis(20))
        .failFast(
            "the server ended",
            () -> {
              if (!process.isAlive() && !isReady()) {
                throw new IllegalStateException(
                    "ended with " + process.exitValue() + ": " + command + "\n" + logTail());
              }
            })
        .conditionEvaluationListener(null)
        .untilAsserted(() -> {
          if (!isReady()) {
            throw new AssertionError("not ready: " + command + "\n" + logTail());
          }
        });
    return this;
  }

  /** Kills it at once (SIGKILL) and waits for its end. */
  public void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /** Kills it and every process that it has started, and waits for their end. */
  void killTree() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    awaitEnd();
    children.forEach(child -> child.onExit().join());
  }

  /** Asks it to end (SIGTERM), waits, and returns its exit status. */
  public int terminate() {
    process.destroy();
    return awaitExit();
  }

  /** Waits until it ends by itself, and returns its exit status. */
  public int awaitExit() {
    awaitEnd();
    return process.exitValue();
  }

  /** Stops it in its tracks (SIGSTOP), connections staying open. */
  public void suspend() {
    signal("STOP");
  }

  /** Lets it go on after {@link #suspend}. */
  public void resume() {
    signal("CONT");
  }

  /** Sends a signal to it and to every process that it has started. */
  void signalTree(String name) {
    process.descendants().forEach(child -> signal(name, child.pid()));
    signal(name);
  }

  /** Starts the same command again after an end, and waits until it serves. */
  public void startAgain() {
    if (process.isAlive()) {
      throw new IllegalStateException("still running: " + command);
    }
    process = launch();
    awaitReady();
  }

  /** The process id. Any thread may ask. */
  public long pid() {
    return process.pid();
  }

  /** Whether the process runs. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /** All its output since the first start. */
  public String log() {
    try {
      return Files.exists(log) ? Files.readString(log, StandardCharsets.ISO_8859_1) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    kill();
  }

  private Process launch() {
    logStart = log().length();
    try {
      Process started =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      RUNNING.add(started);
      return started;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private boolean isReady() {
    return log().indexOf(ready, logStart) >= 0;
  }

  private String logTail() {
    String text = log();
    return text.substring(Math.max(logStart, text.length() - LOG_TAIL_CHARS));
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(STOP_MAX.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException("did not end: " + command + "\n" + logTail());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    RUNNING.remove(process);
  }

  private void signal(String name) {
    signal(name, pid());
  }

  private static void signal(String name, long pid) {
    try {
      int status =
          new ProcessBuilder("kill", "-" + name, Long.toString(pid))
              .start()
              .onExit()
              .join()
              .exitValue();
      if (status != 0) {
        throw new IllegalStateException("kill -" + name + " " + pid + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
