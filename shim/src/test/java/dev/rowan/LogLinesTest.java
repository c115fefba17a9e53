package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

class LogLinesTest {
  @TempDir Path directory;

  @AfterEach
  void restore() throws StartException {
    Logging.configure(new ServerConfig.Log(ServerConfig.Log.Level.WARN, false, List.of("stderr")));
  }

  @Test
  void aLineIsAJsonObjectWithZapsKeys() throws Exception {
    Logger log = logTo(ServerConfig.Log.Level.INFO, true);

    log.atWarn()
        .addKeyValue("revision", 7L)
        .addKeyValue("text", "a \"b\"\n\u0001")
        .setCause(new IllegalStateException("broken"))
        .log("it happened");
    log.debug("unseen");

    List<String> lines = Files.readAllLines(file());
    assertThat(lines).hasSize(1);
    JsonObject line = JsonParser.parseString(lines.getFirst()).getAsJsonObject();
    assertThat(line.get("level").getAsString()).isEqualTo("warn");
    assertThat(line.get("ts").getAsString())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{6}Z");
    assertThat(line.get("logger").getAsString()).isEqualTo("LogLinesTest");
    assertThat(line.get("msg").getAsString()).isEqualTo("it happened");
    assertThat(line.get("revision").getAsJsonPrimitive().isNumber()).isTrue();
    assertThat(line.get("text").getAsString()).isEqualTo("a \"b\"\n\u0001");
    assertThat(line.get("error").getAsString()).isEqualTo("broken");
    assertThat(line.get("stacktrace").getAsString()).contains("LogLinesTest");
  }

  @Test
  void aConsoleLineIsText() throws Exception {
    Logger log = logTo(ServerConfig.Log.Level.DEBUG, false);

    log.atDebug().addKeyValue("revision", 7L).log("it happened");

    assertThat(Files.readAllLines(file()).getFirst())
        .matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{3} DEBUG it happened revision=7");
  }

  @Test
  void onlyTheLastWordIsLoggedAtFatal() throws Exception {
    Logger log = logTo(ServerConfig.Log.Level.FATAL, true);

    log.error("unseen");
    log.atError().addMarker(Logging.FATAL).log("the end");

    assertThat(Files.readAllLines(file())).hasSize(1).first().asString().contains("\"fatal\"");
  }

  private Logger logTo(ServerConfig.Log.Level level, boolean json) throws StartException {
    Logging.configure(new ServerConfig.Log(level, json, List.of(file().toString())));
    return LoggerFactory.getLogger(LogLinesTest.class);
  }

  private Path file() {
    return directory.resolve("log");
  }
}
