package dev.rowan.it.linearizability;

import dev.rowan.it.linearizability.Flow.Mode;
import dev.rowan.it.linearizability.Proxy.Way;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The network between the members of a quorum, of which each direction between each two can be bad
 * by itself. Members are counted from 0. Before each there is a {@link Proxy} under whose address
 * all others know it; who calls is found out by the process that a connection comes from. What goes
 * from one member to another goes as requests of the one and as answers of the one to the other.
 */
final class Network implements AutoCloseable {
  private final List<Proxy> proxies = new ArrayList<>();

  /** By who sends, then by who is to receive. */
  private final List<List<Flow>> flows;

  private final IntToLongFunction pids;

  /**
   * A good network.
   *
   * @param listen the ports that the members listen on
   * @param pids the process of each member that runs; asked by any thread
   */
  Network(List<Integer> listen, IntToLongFunction pids) {
    this.pids = pids;
    int members = listen.size();
    flows =
        Stream.generate(() -> Stream.generate(Flow::new).limit(members).toList())
            .limit(members)
            .toList();
    for (int i = 0; i < members; i++) {
      int called = i;
      proxies.add(Proxy.to(listen.get(i), connection -> way(connection, called)));
    }
  }

  private Optional<Way> way(Socket connection, int called) {
    return Sockets.otherEnd(connection)
        .flatMap(name ->
            IntStream.range(0, flows.size())
                .filter(member -> Sockets.has(pids.applyAsLong(member), name))
                .boxed()
                .findAny())
        .map(caller -> new Way(flows.get(caller).get(called), flows.get(called).get(caller)));
  }

  /** The port under which the others know a member. */
  int port(int member) {
    return proxies.get(member).port();
  }

  /** Treats what one member sends to another. */
  void set(int from, int to, Mode mode) {
    flows.get(from).get(to).set(mode);
  }

  /** Treats what a member sends to all others. */
  void setOut(int member, Mode mode) {
    others(member).forEach(other -> set(member, other, mode));
  }

  /** Treats what all others send to a member. */
  void setIn(int member, Mode mode) {
    others(member).forEach(other -> set(other, member, mode));
  }

  void setAll(Mode mode) {
    flows.forEach(from -> from.forEach(flow -> flow.set(mode)));
  }

  private IntStream others(int member) {
    return IntStream.range(0, flows.size()).filter(other -> other != member);
  }

  /** Cuts every connection. */
  void cut() {
    proxies.forEach(Proxy::cutAll);
  }

  @Override
  public void close() {
    flows.forEach(from -> from.forEach(Flow::close));
    proxies.forEach(Proxy::close);
  }
}
