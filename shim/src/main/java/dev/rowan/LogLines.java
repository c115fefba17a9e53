package dev.rowan;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.encoder.EncoderBase;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.slf4j.event.KeyValuePair;

/**
 * Writes one log event as one line: a JSON object with zap's keys, or plain text. Key-values of an
 * event are fields of the object. Safe for any thread; the appender serialises the writing.
 */
final class LogLines extends EncoderBase<ILoggingEvent> {
  private static final byte[] NOTHING = {};
  private static final String OWN_PACKAGE = "dev.rowan.";
  private static final DateTimeFormatter JSON_TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSSX", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter CONSOLE_TIME =
      DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT)
          .withZone(java.time.ZoneId.systemDefault());

  private final boolean json;

  LogLines(boolean json) {
    this.json = json;
  }

  @Override
  public byte[] headerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] footerBytes() {
    return NOTHING;
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    var line = new StringBuilder(160);
    if (json) {
      appendJson(line, event);
    } else {
      appendText(line, event);
    }
    return line.append('\n').toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void appendJson(StringBuilder line, ILoggingEvent event) {
    line.append('{');
    field(line, "level", level(event));
    field(line, "ts", JSON_TIME.format(time(event)));
    field(line, "logger", logger(event));
    field(line, "msg", event.getFormattedMessage());
    for (KeyValuePair pair : keyValues(event)) {
      if (pair.value instanceof Number || pair.value instanceof Boolean) {
        line.append(',');
        quote(line, pair.key);
        line.append(':').append(pair.value);
      } else {
        field(line, pair.key, String.valueOf(pair.value));
      }
    }
    if (event.getThrowableProxy() != null) {
      field(line, "error", error(event));
      field(line, "stacktrace", ThrowableProxyUtil.asString(event.getThrowableProxy()));
    }
    line.append('}');
  }

  private static void appendText(StringBuilder line, ILoggingEvent event) {
    line.append(CONSOLE_TIME.format(time(event))).append(' ');
    String level = level(event).toUpperCase(Locale.ROOT);
    line.append(level).append(" ".repeat(Math.max(1, 6 - level.length())));
    line.append(event.getFormattedMessage());
    for (KeyValuePair pair : keyValues(event)) {
      line.append(' ').append(pair.key).append('=').append(pair.value);
    }
    if (event.getThrowableProxy() != null) {
      line.append('\n')
          .append(ThrowableProxyUtil.asString(event.getThrowableProxy()).stripTrailing());
    }
  }

  private static Instant time(ILoggingEvent event) {
    Instant instant = event.getInstant();
    return instant != null ? instant : Instant.ofEpochMilli(event.getTimeStamp());
  }

  private static String level(ILoggingEvent event) {
    if (Logging.isFatal(event)) {
      return "fatal";
    }
    Level level = event.getLevel();
    return level.equals(Level.TRACE) ? "debug" : level.toString().toLowerCase(Locale.ROOT);
  }

  private static String logger(ILoggingEvent event) {
    String name = event.getLoggerName();
    return name.startsWith(OWN_PACKAGE) ? name.substring(OWN_PACKAGE.length()) : name;
  }

  private static String error(ILoggingEvent event) {
    String message = event.getThrowableProxy().getMessage();
    return message != null ? message : event.getThrowableProxy().getClassName();
  }

  private static List<KeyValuePair> keyValues(ILoggingEvent event) {
    List<KeyValuePair> pairs = event.getKeyValuePairs();
    return pairs == null ? List.of() : pairs;
  }

  private static void field(StringBuilder line, String key, String value) {
    if (line.charAt(line.length() - 1) != '{') {
      line.append(',');
    }
    quote(line, key);
    line.append(':');
    quote(line, value);
  }

  private static void quote(StringBuilder line, String text) {
    line.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> line.append("\\\"");
        case '\\' -> line.append("\\\\");
        case '\n' -> line.append("\\n");
        case '\t' -> line.append("\\t");
        case '\r' -> line.append("\\r");
        default -> {
          if (c < ' ') {
            line.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            line.append(c);
          }
        }
      }
    }
    line.append('"');
  }
}
