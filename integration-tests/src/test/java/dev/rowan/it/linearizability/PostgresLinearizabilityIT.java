package dev.rowan.it.linearizability;

import dev.rowan.it.PostgresServer;
import dev.rowan.it.Rowan;
import dev.rowan.it.Server;
import dev.rowan.it.linearizability.Proxy.Way;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/** Three instances of Rowan over one PostgreSQL, one of them behind a bad network. */
final class PostgresLinearizabilityIT extends LinearizabilityContract {
  @Override
  int usualSeconds() {
    return 20;
  }

  @Override
  Subject start() {
    PostgresServer database = PostgresServer.start();
    String endpoint = database.newDatabase();
    Way way = new Way(new Flow(), new Flow());
    Proxy proxy = Proxy.to(database.port(), way);
    String behind = endpoint.replace(":" + database.port() + "/", ":" + proxy.port() + "/");
    List<Server> servers = start(List.of(behind, endpoint, endpoint));
    List<Instance> instances =
        IntStream.range(0, servers.size()).mapToObj(i -> new Instance(i, servers.get(i))).toList();
    return new Subject(
        instances,
        faults(database, proxy.faults(way), instances),
        () -> {
          servers.forEach(Server::close);
          way.requests().close();
          way.answers().close();
          proxy.close();
          database.close();
        });
  }

  /** All at once, so that they also meet on the empty database. */
  private static List<Server> start(List<String> endpoints) {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      return endpoints.stream()
          .map(
              endpoint -> CompletableFuture.supplyAsync(() -> Rowan.over(endpoint, FLAGS), threads))
          .toList()
          .stream()
          .map(CompletableFuture::join)
          .toList();
    }
  }

  private static List<Fault> faults(
      PostgresServer database, List<Fault> network, List<Instance> instances) {
    List<Fault> faults = new ArrayList<>();
    for (Instance instance : instances) {
      faults.add(instance.killed());
      faults.add(instance.suspended());
    }
    faults.add(Fault.at("cut all connections", database::cutConnections));
    faults.add(Fault.at("cut all connections", database::cutConnections));
    faults.add(new Fault("kill the database", database::kill, database::startAgain));
    faults.add(new Fault("hang the database", database::hang, database::goOn));
    faults.addAll(network);
    return faults;
  }
}
