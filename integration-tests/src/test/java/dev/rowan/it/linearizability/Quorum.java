package dev.rowan.it.linearizability;

import static org.awaitility.Awaitility.await;

import dev.rowan.it.Etcd;
import dev.rowan.it.Ports;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Three members of a quorum, a seat for a fourth, the network between them, and who of them leads.
 * One thread's, as its faults are.
 */
final class Quorum implements AutoCloseable {
  private static final int MEMBERS = 3;

  /** The seat that is empty at first, and that clients don't go to. */
  static final int SPARE = 3;

  private static final Duration ELECTION_MAX = Duration.ofSeconds(60);

  private final Seat.Start start;

  /** Who sits where, by the seat's number; the network asks at any time. */
  private final Map<Integer, Server> servers = new ConcurrentSkipListMap<>();

  private final Network network;
  private final List<Seat> seats;
  private final List<Instance> instances = new ArrayList<>();
  private final SplittableRandom random = new SplittableRandom();

  private Quorum(Seat.Start start) {
    this.start = start;
    List<Integer> listen = Stream.generate(Ports::free).limit(SPARE + 1).toList();
    network = new Network(listen, this::pid);
    seats =
        IntStream.rangeClosed(0, SPARE)
            .mapToObj(i ->
                new Seat(i, Ports.free(), listen.get(i), "http://127.0.0.1:" + network.port(i)))
            .toList();
    String cluster =
        seats.subList(0, MEMBERS).stream().map(Seat::listed).collect(Collectors.joining(","));
    for (Seat seat : seats.subList(0, MEMBERS)) {
      Server server = start.member(seat, cluster, "new");
      servers.put(seat.number(), server);
      instances.add(new Instance(seat.number(), server));
    }
    try {
      servers.values().forEach(server -> server.process().awaitReady());
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  private long pid(int seat) {
    Server server = servers.get(seat);
    return server == null ? 0 : server.process().pid();
  }

  /** Members as they are started; returns when all serve. */
  static Quorum of(Seat.Start start) {
    return new Quorum(start);
  }

  /** Members of Rowan. */
  static Quorum ofRowan(String... flags) {
    return of((seat, cluster, state) -> rowan(List.of(), seat, cluster, state, flags));
  }

  /** Starts a member of Rowan, with more flags of the JVM's. */
  static Server rowan(List<String> jvm, Seat seat, String cluster, String state, String... flags) {
    return Rowan.member(jvm, seat.name(), seat.port(), seat.listen(), cluster, with(state, flags));
  }

  /** Members of etcd. */
  static Quorum ofEtcd(String... flags) {
    return of((seat, cluster, state) ->
        Etcd.member(
            seat.name(), seat.port(), seat.listen(), cluster, seat.peerUrl(), with(state, flags)));
  }

  private static String[] with(String state, String... flags) {
    return Stream.concat(Stream.of("--initial-cluster-state=" + state), Stream.of(flags))
        .toArray(String[]::new);
  }

  /** These with faults; closed with them. */
  Subject subject(List<Fault> faults) {
    return new Subject(instances, faults, this::close);
  }

  List<Instance> instances() {
    return instances;
  }

  Instance instance(int number) {
    return instances.get(number);
  }

  /** All but one. */
  List<Instance> others(int number) {
    return IntStream.range(0, MEMBERS)
        .filter(other -> other != number)
        .mapToObj(instances::get)
        .toList();
  }

  Network network() {
    return network;
  }

  Seat seat(int number) {
    return seats.get(number);
  }

  /** Who sits there is gone for good, and its data with it. */
  void leave(int number) {
    Server gone = servers.remove(number);
    if (gone != null) {
      gone.close();
    }
  }

  /** Somebody new takes an empty seat, as one whom the others have added; waits until it serves. */
  void join(int number) {
    String cluster =
        Stream.concat(servers.keySet().stream(), Stream.of(number))
            .sorted()
            .map(member -> seats.get(member).listed())
            .collect(Collectors.joining(","));
    Server server = start.member(seats.get(number), cluster, "existing");
    servers.put(number, server);
    server.process().awaitReady();
    if (number < MEMBERS) {
      instances.get(number).become(server);
    }
  }

  /** The number of the member that leads; waits until there is one. */
  int leader() {
    return await("a leader")
        .atMost(ELECTION_MAX)
        .until(this::findLeader, Optional::isPresent)
        .orElseThrow();
  }

  private Optional<Integer> findLeader() {
    record Seen(int number, StatusResponse status) {}
    return IntStream.range(0, MEMBERS)
        .boxed()
        .flatMap(i -> instances.get(i).status().map(status -> new Seen(i, status)).stream())
        .filter(seen -> seen.status().getLeader() == seen.status().getHeader().getMemberId())
        .max(Comparator.comparingLong(seen -> seen.status().getRaftTerm()))
        .map(Seen::number);
  }

  /** One by chance of those that do not lead. */
  int follower() {
    return another(leader());
  }

  /** One by chance beside one. */
  int another(int number) {
    return (number + random.nextInt(1, MEMBERS)) % MEMBERS;
  }

  /** The third beside two. */
  int third(int one, int other) {
    return IntStream.range(0, MEMBERS)
        .filter(member -> member != one && member != other)
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    servers.values().forEach(Server::close);
    network.close();
  }
}
