package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rowan.quorum.MemberIds;
import dev.rowan.quorum.PeerUrl;
import dev.rowan.quorum.QuorumConfig;
import dev.rowan.quorum.QuorumConfig.Member;
import dev.rowan.quorum.QuorumConfig.Start;
import dev.rowan.raft.RaftConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** CFG-1, CFG-2. */
class QuorumOptionsTest {
  private static final String THREE =
      "--name=a --initial-cluster=a=http://10.0.0.1:2380,b=http://10.0.0.2:2380,c=http://10.0.0.3:2380 ";
  private static final String ONE = "--name=a --initial-cluster=a=http://127.0.0.1:2380 ";

  @TempDir Path directory;

  @Test
  void withoutAnInitialClusterThereIsNoQuorum() throws UsageException {
    assertThat(serve("").config().quorum()).isNull();
    assertThat(serve("--initial-cluster=").config().quorum()).isNull();
  }

  @Test
  void defaultsAreEtcds() throws UsageException {
    QuorumConfig quorum = quorum(THREE);

    assertThat(quorum.name()).isEqualTo("a");
    assertThat(quorum.start()).isEqualTo(Start.NEW);
    assertThat(quorum.listen()).hasToString("http://127.0.0.1:2380");
    assertThat(quorum.folder()).isEqualTo(Path.of("a.rowan", "raft").toAbsolutePath());
    assertThat(quorum.strictReconfig()).isTrue();
    assertThat(quorum.learnersMax()).isEqualTo(1);
    assertThat(quorum.tls()).isNull();
    assertThat(quorum.timing()).isEqualTo(RaftConfig.Timing.DEFAULT);
    assertThat(quorum.limits().snapshotEntries()).isEqualTo(10_000);
    assertThat(quorum.limits().catchUpEntries()).isEqualTo(5_000);
  }

  /** C-6. */
  @Test
  void membersHaveTheIdsThatEtcdGivesThem() throws UsageException {
    QuorumConfig quorum = quorum(THREE + "--initial-cluster-token=token-1");

    assertThat(quorum.members())
        .containsExactlyInAnyOrder(
            member("a", "http://10.0.0.1:2380"),
            member("b", "http://10.0.0.2:2380"),
            member("c", "http://10.0.0.3:2380"));
    assertThat(quorum.members().stream().map(Member::id).toList())
        .isSortedAccordingTo(Long::compareUnsigned);
    assertThat(quorum.self()).isEqualTo(member("a", "http://10.0.0.1:2380"));
    assertThat(quorum.newClusterId())
        .isEqualTo(MemberIds.cluster(quorum.members().stream().map(Member::id).toList()));
  }

  @Test
  void aMemberMayHaveSeveralUrlsOfWhichOneIsUsed() throws UsageException {
    Request.Serve serve =
        serve("--name=a --initial-cluster=a=http://h:2,b=http://h:3,a=http://h:1");

    QuorumConfig quorum = Objects.requireNonNull(serve.config().quorum());

    assertThat(quorum.self().peerUrls()).hasToString("[http://h:1, http://h:2]");
    assertThat(quorum.self().address()).isEqualTo("h:1");
    assertThat(serve.notes())
        .containsExactly(
            new Flags.Note(
                "member a has several peer URLs, of which http://h:1 is used",
                "flag",
                "--initial-cluster"));
  }

  @Test
  void allFlagsArrive() throws UsageException {
    QuorumConfig quorum =
        quorum(
            THREE
                + "--data-dir=/d --initial-cluster-state=existing --listen-peer-urls=http://0.0.0.0:1"
                + " --heartbeat-interval=50 --election-timeout=2000 --snapshot-count=7"
                + " --snapshot-catchup-entries=0 --strict-reconfig-check=false --max-learners=0");

    assertThat(quorum.start()).isEqualTo(Start.JOIN);
    assertThat(quorum.listen()).isEqualTo(PeerUrl.parse("http://0.0.0.0:1"));
    assertThat(quorum.folder()).isEqualTo(Path.of("/d/raft"));
    assertThat(quorum.timing())
        .isEqualTo(
            new RaftConfig.Timing(
                Duration.ofMillis(50), Duration.ofMillis(2000), Duration.ofSeconds(9)));
    assertThat(quorum.limits().snapshotEntries()).isEqualTo(7);
    assertThat(quorum.limits().catchUpEntries()).isZero();
    assertThat(quorum.strictReconfig()).isFalse();
    assertThat(quorum.learnersMax()).isZero();
  }

  @Test
  void theEndpointOfAFileSaysWhereTheFolderIs() throws UsageException {
    assertThat(quorum(ONE + "--endpoint=sqlite:///a/b.db").folder()).isEqualTo(Path.of("/a/raft"));
  }

  /** As etcd's: 0 is the default, and what is too large for Rowan is as large as can be. */
  @ParameterizedTest
  @CsvSource({"0, 10000", "1, 1", "18446744073709, 2147483647"})
  void aSnapshotCountIsANumber(String given, int entries) throws UsageException {
    assertThat(quorum(ONE + "--snapshot-count=" + given).limits().snapshotEntries())
        .isEqualTo(entries);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1_572_864, 64 << 20})
  void halfOfAnEntryHoldsTheLargestRequest(int requestBytes) throws UsageException {
    RaftConfig.Limits limits = quorum(ONE + "--max-request-bytes=" + requestBytes).limits();

    assertThat(limits.entryBytesMax() / 2L).isEqualTo((1L << 20) + requestBytes);
    assertThat(limits.waitingBytesMax()).isGreaterThanOrEqualTo(2L * limits.entryBytesMax());
  }

  @ParameterizedTest
  @CsvSource({
    "--force-new-cluster, FORCE_NEW",
    "--force-new-cluster --initial-cluster-state=existing, FORCE_NEW",
    "--initial-cluster-state=new, NEW",
    "--initial-cluster-state existing, JOIN"
  })
  void theStateSaysHowItStarts(String line, Start start) throws UsageException {
    assertThat(quorum(ONE + line).start()).isEqualTo(start);
  }

  /** Who joins is known by the URLs that it was added with: etcd doesn't compare them either. */
  @Test
  void whoJoinsMayAdvertiseOtherUrls() throws UsageException {
    String line = "--initial-cluster-state=existing --initial-advertise-peer-urls=http://h:1";

    assertThat(quorum(THREE + line).self()).isEqualTo(quorum(THREE).self());
  }

  @Test
  void advertisedUrlsMayComeInAnyOrder() throws UsageException {
    String line =
        "--name=a --initial-cluster=a=http://h:1,a=http://h:2"
            + " --initial-advertise-peer-urls=http://h:2,http://h:1";

    assertThat(quorum(line).self().peerUrls()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "--initial-cluster=a=http://h:1 | --name: couldn't find local name \"default\" in the initial"
            + " cluster configuration (--initial-cluster)",
        "--name=a --initial-cluster=http://h:1 | --initial-cluster: \"http://h:1\" is not members"
            + " like a=http://10.0.0.1:2380,b=http://10.0.0.2:2380: http or https, host and port",
        "--name=a --initial-cluster=a=unix:///s | --initial-cluster: \"unix:///s\" is not http:// or"
            + " https:// with a host and a port, and nothing else",
        "--name=a --initial-cluster=a=http://h:0 | --initial-cluster: \"a=http://h:0\" is not members"
            + " like a=http://10.0.0.1:2380,b=http://10.0.0.2:2380: http or https, host and port",
        "--name=a --initial-cluster=b=http://h:1,a=http://h:1 | --initial-cluster: initial cluster"
            + " a=http://h:1,b=http://h:1 has duplicate url",
        "--name=a --initial-cluster=a=http://h:1,a=http://h:1 | --initial-cluster: initial cluster"
            + " a=http://h:1,a=http://h:1 has duplicate url",
        "--name=a --initial-cluster=a=http://h:1 --initial-advertise-peer-urls=http://i:1 |"
            + " --initial-cluster has a=http://h:1 but missing from"
            + " --initial-advertise-peer-urls=http://i:1",
        "--name=a --initial-cluster=a=http://h:1 --initial-advertise-peer-urls=http://h:1,http://i:1 |"
            + " --initial-advertise-peer-urls has http://i:1 but missing from"
            + " --initial-cluster=a=http://h:1",
        "--name=a --initial-cluster=a=http://h:1 --initial-advertise-peer-urls=h:1 |"
            + " --initial-advertise-peer-urls: \"h:1\" is not http:// or https:// with a host and a"
            + " port, and nothing else",
        "--name=a --initial-cluster=a=http://h:1 --initial-cluster-state=old |"
            + " --initial-cluster-state: \"old\" is not new or existing",
        "--name=a --initial-cluster=a=http://h:1 --listen-peer-urls=http://h:1,http://i:1 |"
            + " --listen-peer-urls: \"http://h:1,http://i:1\" is not one URL like"
            + " http://10.0.0.1:2380 or http://0.0.0.0:2380",
        "--name=a --initial-cluster=a=http://h:1 --listen-peer-urls=http://127.0.0.1:2379 |"
            + " --listen-peer-urls contradicts --listen-client-urls: both name 127.0.0.1:2379",
        "--name=a --initial-cluster=a=http://h:1,b=https://i:1 | --initial-cluster has b=https://i:1"
            + " but --listen-peer-urls has http://127.0.0.1:2380: all of them are https, or none",
        "--name=a --initial-cluster=a=http://h:1 --endpoint=postgres://h/d | --initial-cluster"
            + " contradicts --endpoint: instances over a database are not peers",
        "--name=a --initial-cluster=a=http://h:1 --unsafe-no-fsync | --unsafe-no-fsync contradicts"
            + " --initial-cluster: members of a quorum always wait for the disk",
        "--name=a --initial-cluster=a=http://h:1 --max-request-bytes=67108865 | --max-request-bytes"
            + " must be at most 67108864 with --initial-cluster",
        "--name=a --initial-cluster=a=http://h:1 --max-learners=-1 | --max-learners: \"-1\" is not a"
            + " number from 0",
        "--name=a --initial-cluster=a=http://h:1 --snapshot-count=many | --snapshot-count: \"many\" is"
            + " not a number from 0",
        "--name=a --initial-cluster=a=http://h:1 --election-timeout=499 | --election-timeout must be"
            + " at least 5 times --heartbeat-interval",
        "--pre-vote=false | --pre-vote is not served by this version of Rowan",
        "--peer-skip-client-san-verification=false | --peer-skip-client-san-verification is not served"
            + " by this version of Rowan"
      })
  void anErrorNamesTheFlagsAndWhatIsExpected(String line, String message) {
    assertThatThrownBy(() -> serve(line)).isInstanceOf(UsageException.class).hasMessage(message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--initial-cluster-state=existing",
        "--initial-cluster-token=t",
        "--initial-advertise-peer-urls=http://10.0.0.1:2380",
        "--listen-peer-urls=http://10.0.0.1:2380",
        "--force-new-cluster",
        "--strict-reconfig-check=false",
        "--max-learners=2",
        "--snapshot-count=5",
        "--snapshot-catchup-entries=5",
        "--peer-cert-file=c",
        "--peer-auto-tls"
      })
  void withoutAnInitialClusterAMembersFlagIsRefused(String line) {
    String flag = line.split("=", 2)[0];

    assertThatThrownBy(() -> serve(line))
        .isInstanceOf(UsageException.class)
        .hasMessage(flag + " needs --initial-cluster: it is for members of a quorum");
    assertThatThrownBy(() -> serve(line + " --endpoint=postgres://h/d"))
        .hasMessage(flag + " contradicts --endpoint: instances over a database are not peers");
  }

  /** What etcd's sample of a configuration file sets. */
  @Test
  void withoutAnInitialClusterDefaultsMayBeGiven() throws UsageException {
    Request.Serve serve =
        serve(
            "--initial-cluster= --initial-cluster-state=new --initial-cluster-token=etcd-cluster"
                + " --listen-peer-urls=http://localhost:2380"
                + " --initial-advertise-peer-urls=http://localhost:2380 --force-new-cluster=false"
                + " --strict-reconfig-check=T --snapshot-count=10000 --peer-client-cert-auth=false"
                + " --peer-cert-file= --max-learners=1 --pre-vote");

    assertThat(serve.config().quorum()).isNull();
    assertThat(serve.notes()).isEmpty();
  }

  @Test
  void aMembersDataIsNotServedAlone() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("raft"));

    assertThatThrownBy(() -> serve("--data-dir=" + directory))
        .isInstanceOf(UsageException.class)
        .hasMessage(
            "--initial-cluster is missing: "
                + folder
                + " is of a quorum's member, whose data cannot be served alone");
    assertThat(quorum(ONE + "--data-dir=" + directory).folder()).isEqualTo(folder);
  }

  @Test
  void variablesAndAConfigurationFileSayTheSame() throws Exception {
    Map<String, String> env =
        Map.of(
            "ETCD_NAME", "a",
            "ETCD_INITIAL_CLUSTER", "a=http://10.0.0.1:2380",
            "ETCD_INITIAL_CLUSTER_STATE", "existing");
    Path file =
        Files.writeString(
            directory.resolve("config.yml"),
            """
            name: a
            initial-cluster: a=http://10.0.0.1:2380
            initial-cluster-state: existing
            """);

    QuorumConfig byEnvironment = ((Request.Serve) parse("", env)).config().quorum();

    assertThat(byEnvironment).isNotNull().isEqualTo(quorum("--config-file=" + file));
  }

  private static Member member(String name, String url) {
    return new Member(MemberIds.first(List.of(url), "token-1"), name, List.of(PeerUrl.parse(url)));
  }

  private static QuorumConfig quorum(String line) throws UsageException {
    return Objects.requireNonNull(serve(line).config().quorum());
  }

  private static Request.Serve serve(String line) throws UsageException {
    return (Request.Serve) parse(line, Map.of());
  }

  private static Request parse(String line, Map<String, String> env) throws UsageException {
    List<String> args = Arrays.stream(line.split(" ")).filter(arg -> !arg.isEmpty()).toList();
    return CommandLine.parse(args, env, false);
  }
}
