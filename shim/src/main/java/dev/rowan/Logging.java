package dev.rowan;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.FileAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.joran.spi.ConsoleTarget;
import ch.qos.logback.core.spi.FilterReply;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;
import org.slf4j.MarkerFactory;

/** Sets up the log, in code: reading a configuration would cost a tenth of the start. */
final class Logging {
  /** Marks the line with which a process ends itself; slf4j has no level for it. */
  static final Marker FATAL = MarkerFactory.getMarker("FATAL");

  private static final List<String> THIRD_PARTIES =
      List.of("io.grpc", "io.netty", "org.flywaydb", "org.mariadb", "org.postgresql");

  /**
   * They warn of what any client can do: the first, with a stack trace, of each message that is too
   * large; the second of each connection to a unix socket, for which grpc sets an option of TCP.
   * The third warns of each connection to a database that breaks; that it is away is told once.
   */
  private static final List<String> LOUD =
      List.of(
          "io.grpc.netty.NettyServerStream",
          "io.netty.bootstrap.ServerBootstrap",
          "com.zaxxer.hikari");

  private static final LoggerContext CONTEXT = (LoggerContext) LoggerFactory.getILoggerFactory();

  private Logging() {}

  static void configure(ServerConfig.Log log) throws StartException {
    CONTEXT.reset();
    Logger root = CONTEXT.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.setLevel(level(log.level()));
    boolean fatalOnly = log.level().compareTo(ServerConfig.Log.Level.ERROR) > 0;
    for (String output : log.outputs()) {
      root.addAppender(appender(output, log.json(), fatalOnly));
    }
    for (String name : THIRD_PARTIES) {
      CONTEXT.getLogger(name).setLevel(fewer(root.getLevel(), Level.WARN));
    }
    for (String name : LOUD) {
      CONTEXT.getLogger(name).setLevel(Level.ERROR);
    }
    bridgeJavaLogging();
  }

  private static Level fewer(Level one, Level other) {
    return one.isGreaterOrEqual(other) ? one : other;
  }

  /** Flushes and closes the outputs; what is logged afterwards is lost. */
  static void close() {
    CONTEXT.stop();
  }

  static boolean isFatal(ILoggingEvent event) {
    List<Marker> markers = event.getMarkerList();
    return markers != null && markers.contains(FATAL);
  }

  private static Level level(ServerConfig.Log.Level level) {
    return switch (level) {
      case DEBUG -> Level.DEBUG;
      case INFO -> Level.INFO;
      case WARN -> Level.WARN;
      case ERROR, PANIC, FATAL -> Level.ERROR;
    };
  }

  private static OutputStreamAppender<ILoggingEvent> appender(
      String output, boolean json, boolean fatalOnly) throws StartException {
    OutputStreamAppender<ILoggingEvent> appender =
        switch (output) {
          case "stderr" -> console(ConsoleTarget.SystemErr);
          case "stdout" -> console(ConsoleTarget.SystemOut);
          default -> file(output);
        };
    var lines = new LogLines(json);
    lines.setContext(CONTEXT);
    lines.start();
    appender.setName(output);
    appender.setContext(CONTEXT);
    appender.setEncoder(lines);
    if (fatalOnly) {
      appender.addFilter(new FatalOnly());
    }
    appender.start();
    return appender;
  }

  private static OutputStreamAppender<ILoggingEvent> console(ConsoleTarget target) {
    var console = new ConsoleAppender<ILoggingEvent>();
    console.setTarget(target.getName());
    return console;
  }

  private static OutputStreamAppender<ILoggingEvent> file(String output) throws StartException {
    try {
      Files.newOutputStream(Path.of(output), StandardOpenOption.CREATE, StandardOpenOption.APPEND)
          .close();
    } catch (IOException | RuntimeException e) {
      throw new StartException("cannot write the log to " + output + ": " + e, e);
    }
    var file = new FileAppender<ILoggingEvent>();
    file.setFile(output);
    return file;
  }

  /** gRPC and PostgreSQL's driver log through java.util.logging. */
  private static void bridgeJavaLogging() {
    LogManager.getLogManager().reset();
    java.util.logging.Logger root = java.util.logging.Logger.getLogger("");
    root.setLevel(java.util.logging.Level.WARNING);
    root.addHandler(new JavaLoggingHandler());
  }

  private static final class FatalOnly extends Filter<ILoggingEvent> {
    @Override
    public FilterReply decide(ILoggingEvent event) {
      return isFatal(event) ? FilterReply.NEUTRAL : FilterReply.DENY;
    }
  }

  private static final class JavaLoggingHandler extends Handler {
    @Override
    public void publish(LogRecord record) {
      String name = record.getLoggerName();
      org.slf4j.Logger logger = CONTEXT.getLogger(name == null || name.isEmpty() ? "jul" : name);
      boolean severe = record.getLevel().intValue() >= java.util.logging.Level.SEVERE.intValue();
      logger
          .atLevel(severe ? org.slf4j.event.Level.ERROR : org.slf4j.event.Level.WARN)
          .setCause(record.getThrown())
          .log(String.valueOf(record.getMessage()));
    }

    @Override
    public void flush() {
      // The appenders flush each line.
    }

    @Override
    public void close() {
      // Logging.close() does.
    }
  }
}
