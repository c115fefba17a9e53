package dev.rowan.raft;

import com.google.protobuf.ByteString;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;

/**
 * A member in a process of its own, to be killed: proposes without end, and prints each text once
 * it is acknowledged. Arguments: its id, a prefix, a folder, the ports of all.
 */
final class CrashingMember {
  private static final int PENDING_MAX = 50;

  private CrashingMember() {}

  static RaftConfig config(long id, Path folder, int[] ports) {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < ports.length; i++) {
      peers.add(new Peer(i + 1L, "127.0.0.1:" + ports[i], Peer.Role.VOTER));
    }
    return new RaftConfig(
        Cluster.ID,
        id,
        folder.resolve("m" + id),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), ports[(int) id - 1]),
        peers,
        RaftConfig.Start.NEW,
        Cluster.QUICK,
        new RaftConfig.Limits(1 << 20, 1_000, 1 << 24, 500, 100, 1 << 16),
        null);
  }

  public static void main(String[] args) throws Exception {
    long id = Long.parseLong(args[0]);
    Path folder = Path.of(args[2]);
    int[] ports = new int[args.length - 3];
    for (int i = 0; i < ports.length; i++) {
      ports[i] = Integer.parseInt(args[3 + i]);
    }
    Ledger ledger = new Ledger(folder.resolve("ledger" + id));
    RaftMember member =
        RaftMember.open(config(id, folder, ports), ledger, (term, leader) -> {}, new Asked(id));
    Semaphore room = new Semaphore(PENDING_MAX);
    for (int n = 0; ; n++) {
      room.acquire();
      String text = args[1] + "-" + id + "-" + n;
      var _ =
          member
              .propose(ByteString.copyFromUtf8(text))
              .whenComplete((position, thrown) -> {
                if (thrown == null) {
                  System.out.println(text);
                  System.out.flush();
                }
                room.release();
              });
    }
  }
}
