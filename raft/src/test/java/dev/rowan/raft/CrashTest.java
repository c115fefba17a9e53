package dev.rowan.raft;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CrashTest {
  private static final int ROUNDS = 3;
  private static final int ACKNOWLEDGED_MIN = 150;

  @TempDir Path folder;

  /** Three processes are killed at once while they write, again and again. */
  @Test
  void whatWasAcknowledgedIsThereAfterAllMembersWereKilled() throws Exception {
    int[] ports = new int[3];
    for (int i = 0; i < ports.length; i++) {
      ports[i] = Cluster.freeAddress().getPort();
    }
    Queue<String> acknowledged = new ConcurrentLinkedQueue<>();
    for (int round = 0; round < ROUNDS; round++) {
      int before = acknowledged.size();
      List<Process> processes = new ArrayList<>();
      try {
        for (long id = 1; id <= ports.length; id++) {
          processes.add(start(id, "r" + round, ports, acknowledged));
        }
        await()
            .atMost(Cluster.PATIENCE.multipliedBy(2))
            .until(() -> acknowledged.size() - before > ACKNOWLEDGED_MIN);
      } finally {
        processes.forEach(Process::destroyForcibly);
        for (Process process : processes) {
          process.waitFor();
        }
      }
    }

    List<List<String>> texts = reopened(ports);
    Set<String> found = new HashSet<>(texts.getFirst());
    assertThat(acknowledged).hasSizeGreaterThan(ROUNDS * ACKNOWLEDGED_MIN);
    assertThat(found).containsAll(acknowledged);
    assertThat(texts.getFirst()).doesNotHaveDuplicates();
    assertThat(texts.get(1)).isEqualTo(texts.getFirst());
    assertThat(texts.get(2)).isEqualTo(texts.getFirst());
  }

  private Process start(long id, String prefix, int[] ports, Queue<String> acknowledged)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                CrashingMember.class.getName(),
                Long.toString(id),
                prefix,
                folder.toString()));
    for (int port : ports) {
      command.add(Integer.toString(port));
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Thread.ofVirtual().start(() -> read(process, acknowledged));
    return process;
  }

  private static void read(Process process, Queue<String> acknowledged) {
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.matches("r\\d+-\\d+-\\d+")) {
          acknowledged.add(line);
        }
      }
    } catch (IOException e) {
      // The process was killed, as it should be.
      return;
    }
  }

  private List<List<String>> reopened(int[] ports) throws Exception {
    List<RaftMember> members = new ArrayList<>();
    List<Ledger> ledgers = new ArrayList<>();
    try {
      for (long id = 1; id <= ports.length; id++) {
        Ledger ledger = new Ledger(folder.resolve("ledger" + id));
        ledgers.add(ledger);
        members.add(
            RaftMember.open(
                CrashingMember.config(id, folder, ports),
                ledger,
                (term, leader) -> {},
                new Asked(id)));
      }
      long last = Cluster.get(members.getFirst().propose(ByteString.copyFromUtf8("last"))).index();
      await()
          .atMost(Cluster.PATIENCE)
          .until(() -> ledgers.stream().allMatch(ledger -> ledger.position().index() >= last));
      return ledgers.stream().map(Ledger::texts).toList();
    } finally {
      members.forEach(RaftMember::close);
    }
  }
}
