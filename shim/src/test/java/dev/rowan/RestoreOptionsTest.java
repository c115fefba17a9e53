package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.dialects.Endpoint;
import dev.rowan.quorum.SeededMember;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RestoreOptionsTest {
  private static Request parse(String line, Map<String, String> env) throws UsageException {
    return CommandLine.parse(List.of(line.split(" ", -1)), env, false);
  }

  private static Request restore(String file, boolean skipHashCheck, String sqlite) {
    return new Request.Restore(
        Path.of(file), skipHashCheck, new Endpoint.Sqlite(Path.of(sqlite, "rowan.db")), null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "restore s.db --data-dir=/d",
        "restore s.db --data-dir /d",
        "restore --data-dir /d s.db",
        "restore -data-dir=/d --skip-hash-check=false s.db"
      })
  void snapshotAndTargetStandInAnyOrder(String line) throws UsageException {
    assertThat(parse(line, Map.of())).isEqualTo(restore("s.db", false, "/d"));
  }

  @Test
  void theHashIsCheckedUnlessAskedNotTo() throws UsageException {
    assertThat(parse("restore s.db --skip-hash-check", Map.of()))
        .isEqualTo(restore("s.db", true, "default.rowan"));
  }

  @Test
  void theServersVariablesSayWhereToIfNoFlagDoes() throws UsageException {
    Map<String, String> env =
        Map.of("ETCD_DATA_DIR", "/env", "ETCD_LISTEN_CLIENT_URLS", "nonsense");

    assertThat(parse("restore s.db", env)).isEqualTo(restore("s.db", false, "/env"));
    assertThat(parse("restore s.db --data-dir=/d", env)).isEqualTo(restore("s.db", false, "/d"));
  }

  @Test
  void membersOfAQuorumAreRestoredByTheirFlags() throws UsageException {
    String cluster = "a=http://127.0.0.1:1,b=http://127.0.0.1:2";
    String line = "restore s.db --data-dir=/d --name a --initial-cluster=" + cluster;
    SeededMember member =
        Objects.requireNonNull(((Request.Restore) parse(line, Map.of())).member());

    assertThat(member.file()).isEqualTo(Path.of("/d", "rowan.db"));
    assertThat(member.folder()).isEqualTo(Path.of("/d", "raft"));
    String other = line.replace("--name a", "--name b") + " --initial-cluster-token=etcd-cluster";
    assertThat(((Request.Restore) parse(other, Map.of())).member()).isEqualTo(member);
    Map<String, String> env =
        Map.of("ETCD_DATA_DIR", "/d", "ETCD_NAME", "b", "ETCD_INITIAL_CLUSTER", cluster);
    assertThat(((Request.Restore) parse("restore s.db", env)).member()).isEqualTo(member);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "restore|restore needs a value: the path of a snapshot",
        "restore a b|restore takes one snapshot; \"b\" is another",
        "restore a --listen-peer-urls=x|unknown flag --listen-peer-urls of restore",
        "restore a --initial-cluster-token=x|--initial-cluster-token needs --initial-cluster",
        "restore a --name=x --initial-cluster=y=http://127.0.0.1:1|couldn't find local name",
        "restore a --initial-cluster|--initial-cluster needs a value",
        "restore a --endpoint=postgres://h/d --initial-cluster=default=http://h:1|are not peers",
        "restore a --datadir=x|unknown flag --datadir of restore",
        "restore a --data-dir|--data-dir needs a value",
        "restore a --skip-hash-check=x|--skip-hash-check=x is not true or false",
        "restore a --endpoint=x|the endpoint's scheme",
        "restore a --endpoint=sqlite --data-dir=d|--endpoint contradicts --data-dir",
      })
  void whatIsWrongIsNamed(String line, String message) {
    assertThatThrownBy(() -> parse(line, Map.of()))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(message);
  }

  @Test
  void helpIsOfTheCommand() throws Exception {
    String help = ((Request.Print) parse("restore --help", Map.of())).text();
    ByteArrayOutputStream err = new ByteArrayOutputStream();

    int status =
        Main.run(List.of("restore", "--x"), Map.of(), System.out, new PrintStream(err, true));

    assertThat(help).contains("--endpoint", "--data-dir", "--skip-hash-check");
    assertThat(Help.text()).contains("rowan restore SNAPSHOT");
    assertThat(status).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("--x", "rowan restore --help");
  }
}
