package dev.rowan.it;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The first members of a cluster, of whichever server: m0, m1 and so on. */
final class Members {
  private Members() {}

  /** Starts one; returns before it serves, which it may need others for. */
  interface Launch {
    Server member(String name, int peerPort, String cluster);
  }

  /** Starts all on free ports; returns when all serve. */
  static List<Server> start(int count, Launch launch) {
    List<Integer> ports = Stream.generate(Ports::free).limit(count).toList();
    String cluster =
        IntStream.range(0, count)
            .mapToObj(i -> "m" + i + "=" + url(ports.get(i)))
            .collect(Collectors.joining(","));
    List<Server> members =
        IntStream.range(0, count)
            .mapToObj(i -> launch.member("m" + i, ports.get(i), cluster))
            .toList();
    members.forEach(member -> member.process().awaitReady());
    return members;
  }

  static String url(int port) {
    return "http://127.0.0.1:" + port;
  }
}
