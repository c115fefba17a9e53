package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.Endpoint;
import dev.rowan.moving.LiveSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MoveOptionsTest {
  private static Request parse(String line, Map<String, String> env) throws UsageException {
    return CommandLine.parse(List.of(line.split(" ", -1)), env, false);
  }

  private static Request parse(String line) throws UsageException {
    return parse(line, Map.of());
  }

  @Test
  void copyTakesTwoEndpoints() throws Exception {
    Request.Copy copy = (Request.Copy) parse("copy sqlite:///a.db postgres://u:p@h/d");

    assertThat(copy.from()).isEqualTo(new Endpoint.Sqlite(Path.of("/a.db")));
    assertThat(copy.to()).hasToString("postgres://h/d");
  }

  @Test
  void importTakesAnEtcdThatRuns() throws Exception {
    String line =
        "import --from=https://h:1 --cacert /ca --cert /c --key /k --user a:b --prefix p"
            + " --data-dir /d";
    Request.LiveImport read = (Request.LiveImport) parse(line);
    LiveSource source = read.from();

    assertThat(read.to()).isEqualTo(new Endpoint.Sqlite(Path.of("/d/rowan.db")));
    assertThat(source.endpoint()).hasToString("https://h:1");
    assertThat(source.caCert()).isEqualTo(Path.of("/ca"));
    assertThat(source.cert()).isEqualTo(Path.of("/c"));
    assertThat(source.key()).isEqualTo(Path.of("/k"));
    assertThat(source.user()).isEqualTo("a:b");
    assertThat(source.prefix()).isEqualTo(ByteString.copyFromUtf8("p"));
    assertThat(source.toString()).doesNotContain("a:b");
  }

  @Test
  void variablesSayWhoAndWhereTo() throws Exception {
    Map<String, String> env =
        Map.of("ROWAN_IMPORT_USER", "a:b", "ETCD_DATA_DIR", "/d", "ETCD_LISTEN_PEER_URLS", "x");
    Request.LiveImport read = (Request.LiveImport) parse("import --from http://h:1", env);

    assertThat(read.from().user()).isEqualTo("a:b");
    assertThat(read.to()).isEqualTo(new Endpoint.Sqlite(Path.of("/d/rowan.db")));
  }

  @Test
  void importTakesKinesDatabaseOrASnapshot() throws Exception {
    Request.KineImport kine =
        (Request.KineImport) parse("import --from kine:sqlite:///k.db --data-dir /d");
    Request.Restore restore = (Request.Restore) parse("import --from s.db --data-dir /d");

    assertThat(kine.from()).isEqualTo(new Endpoint.Sqlite(Path.of("/k.db")));
    assertThat(kine.to()).isEqualTo(restore.endpoint());
    assertThat(restore.snapshot()).isEqualTo(Path.of("s.db"));
    assertThat(restore.skipHashCheck()).isFalse();
  }

  @Test
  void exportTakesAFile() throws Exception {
    Request.Export export = (Request.Export) parse("export s.db --endpoint sqlite:///a.db");

    assertThat(export.from()).isEqualTo(new Endpoint.Sqlite(Path.of("/a.db")));
    assertThat(export.file()).isEqualTo(Path.of("s.db"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "copy sqlite:///a|copy needs two endpoints, FROM and TO; there are 1",
        "copy a sqlite:///b|copy: FROM is no endpoint",
        "copy sqlite:///a sqlite:///a|copy: FROM and TO are the same",
        "copy sqlite:///a redis://b|copy: TO: the endpoint's scheme redis:// is not served",
        "copy sqlite:///a sqlite:///b --x|unknown flag --x of copy",
        "import|import needs --from",
        "import --from s.db more|import: \"more\" is too much",
        "import --from s.db --prefix p|--prefix is for an etcd that runs",
        "import --from http://h:1 --cacert c|--cacert and --cert are for https://",
        "import --from https://h:1 --cert c|--cert and --key need each other",
        "import --from http://h:1/path|an etcd's URL has a host and a port, and nothing else",
        "import --from http://u:p@h:1|an etcd's URL has a host and a port, and nothing else",
        "import --from kine:k.db|--from is no endpoint",
        "import --from http://h:1 --endpoint=x|the endpoint's scheme",
        "export|export needs a value: the path of a new file",
        "export a b|export: \"b\" is too much",
      })
  void whatIsWrongIsNamed(String line, String message) {
    assertThatThrownBy(() -> parse(line))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "import --from postgres://u:secret@h/d",
        "import --from HTTP://u:secret@h:1",
        "import --from http://u:sec%ret@h:1",
        "import --from kine:u:secret@tcp(h)/d",
        "copy u:secret@tcp(h)/d sqlite:///b",
      })
  void passwordsAreNotRepeated(String line) {
    assertThatThrownBy(() -> parse(line))
        .isInstanceOf(UsageException.class)
        .message()
        .doesNotContain("sec");
  }

  @ParameterizedTest
  @ValueSource(strings = {"copy", "import", "export"})
  void eachHasItsHelp(String command) throws Exception {
    String help = ((Request.Print) parse(command + " --help")).text();

    assertThat(help).startsWith("Usage: rowan " + command + " ");
    assertThat(Help.text()).contains("rowan " + command + " --help");
  }
}
