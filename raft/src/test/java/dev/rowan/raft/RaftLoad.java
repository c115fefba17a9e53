package dev.rowan.raft;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.TimeUnit;

/**
 * Measures members in this process, by hand: no argument, or the seconds of each part and the
 * number of members. CPU is that of all members and of the load together.
 */
final class RaftLoad {
  private static final RaftConfig.Timing TIMING = RaftConfig.Timing.DEFAULT;

  private RaftLoad() {}

  /** Remembers when it applied what. */
  private static final class Clock implements RaftStateMachine {
    final ConcurrentMap<Long, Long> appliedNanos = new ConcurrentHashMap<>();
    volatile boolean remembers;
    private LogPosition position = LogPosition.NONE;

    @Override
    public LogPosition applied() {
      return position;
    }

    @Override
    public void apply(LogPosition next, ByteString entry) {
      position = next;
      if (remembers) {
        appliedNanos.put(next.index(), System.nanoTime());
      }
    }

    @Override
    public void configured(LogPosition next, List<Peer> peers) {
      position = next;
    }

    @Override
    public void passed(LogPosition next) {
      position = next;
    }

    @Override
    public LogPosition persist() {
      return position;
    }

    @Override
    public LogPosition snapshot(Path file) throws IOException {
      Files.createFile(file);
      return position;
    }

    @Override
    public void install(Path file, LogPosition installed) {
      position = installed;
    }
  }

  public static void main(String[] args) throws Exception {
    Duration part = Duration.ofSeconds(args.length > 0 ? Long.parseLong(args[0]) : 5);
    int[] counts = args.length > 1 ? new int[] {Integer.parseInt(args[1])} : new int[] {1, 3};
    for (int count : counts) {
      Path folder = Files.createTempDirectory("raft-load");
      List<Clock> clocks = new ArrayList<>();
      List<RaftMember> members = open(folder, count, clocks);
      RaftMember leader = leader(members);
      RaftMember other = members.stream().filter(m -> m != leader).findFirst().orElse(leader);
      load("warm-up", other, 1 << 10, 64, part.multipliedBy(3));
      for (RaftMember at : other == leader ? List.of(leader) : List.of(leader, other)) {
        String where = count + " members, at " + (at == leader ? "the leader" : "a follower");
        load(where, at, 1 << 10, 1, part);
        load(where, at, 1 << 10, 64, part);
        load(where, at, 32 << 10, 1, part);
        load(where, at, 32 << 10, 4, part);
        load(where, at, 32 << 10, 64, part);
        reads(where, at, part);
      }
      if (count > 1) {
        lag(leader, members.indexOf(leader), clocks, part);
      }
      members.forEach(RaftMember::close);
      DurableFiles.clear(folder);
      Files.delete(folder);
    }
    System.gc();
    var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    System.out.printf(Locale.ROOT, "heap after GC %d MiB%n", heap.getUsed() >> 20);
    Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line ->
            line.startsWith("VmRSS") || line.startsWith("VmHWM") || line.startsWith("Threads"))
        .forEach(System.out::println);
  }

  private static List<RaftMember> open(Path folder, int count, List<Clock> clocks)
      throws Exception {
    List<InetSocketAddress> addresses = new ArrayList<>();
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      addresses.add(Cluster.freeAddress());
      peers.add(new Peer(i + 1L, Cluster.text(addresses.get(i)), Peer.Role.VOTER));
    }
    List<RaftMember> members = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Clock clock = new Clock();
      clocks.add(clock);
      RaftConfig config =
          new RaftConfig(
              1,
              i + 1L,
              folder.resolve("m" + i),
              addresses.get(i),
              peers,
              RaftConfig.Start.NEW,
              TIMING,
              RaftConfig.Limits.DEFAULT,
              null);
      members.add(
          RaftMember.open(config, clock, (term, leader) -> {}, new Asked(config.memberId())));
    }
    return members;
  }

  private static RaftMember leader(List<RaftMember> members) throws Exception {
    members.getLast().readIndex().get();
    return members.stream().filter(m -> m.status().leader()).findFirst().orElseThrow();
  }

  private static void load(String name, RaftMember at, int bytes, int proposers, Duration time)
      throws Exception {
    ByteString entry = ByteString.copyFrom(new byte[bytes]);
    ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
    long cpu = cpuNanos();
    long end = System.nanoTime() + time.toNanos();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < proposers; i++) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                while (System.nanoTime() < end) {
                  long begin = System.nanoTime();
                  at.propose(entry).join();
                  nanos.add(System.nanoTime() - begin);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    report(name + ", " + (bytes >> 10) + " KiB, " + proposers, nanos, time, cpuNanos() - cpu);
  }

  private static void reads(String name, RaftMember at, Duration time) throws Exception {
    ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
    long cpu = cpuNanos();
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      long begin = System.nanoTime();
      at.readIndex().get();
      nanos.add(System.nanoTime() - begin);
    }
    report(name + ", readIndex, 1", nanos, time, cpuNanos() - cpu);
  }

  /** How much later than the leader the others apply. */
  private static void lag(RaftMember leader, int index, List<Clock> clocks, Duration time)
      throws Exception {
    clocks.forEach(clock -> clock.remembers = true);
    load("leader, while the others' lag is measured", leader, 1 << 10, 1, time);
    ConcurrentLinkedQueue<Long> nanos = new ConcurrentLinkedQueue<>();
    for (Clock clock : clocks) {
      if (clock != clocks.get(index)) {
        clock.appliedNanos.forEach((at, when) -> {
          Long first = clocks.get(index).appliedNanos.get(at);
          if (first != null) {
            nanos.add(when - first);
          }
        });
      }
    }
    report("apply at a follower after the leader's", nanos, time, 0);
  }

  private static long cpuNanos() {
    return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
        .getProcessCpuTime();
  }

  private static void report(
      String name, ConcurrentLinkedQueue<Long> nanos, Duration time, long cpuNanos) {
    long[] sorted = nanos.stream().mapToLong(Long::longValue).toArray();
    Arrays.sort(sorted);
    if (sorted.length == 0) {
      return;
    }
    System.out.printf(
        Locale.ROOT,
        "%-55s %8.0f/s  p50 %6.2f ms  p99 %6.2f ms  CPU %6.1f us each%n",
        name,
        sorted.length / (time.toMillis() / 1000.0),
        millis(sorted[sorted.length / 2]),
        millis(sorted[sorted.length * 99 / 100]),
        TimeUnit.NANOSECONDS.toMicros(cpuNanos) / (double) sorted.length);
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }
}
