package dev.rowan.it;

import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A running server and the port that it serves clients on. Closing it kills the process and deletes
 * its data: each etcd sets 128 MB aside, and tests start hundreds. Its log stays, below target.
 *
 * @param folder its data and its log
 * @param others the members of its cluster that run for its sake, and are closed with it
 */
public record Server(String name, ServerProcess process, int port, Path folder, List<Server> others)
    implements AutoCloseable {
  private static final Path SERVERS =
      Path.of(System.getProperty("rowan.servers", "target/servers")).toAbsolutePath();

  /** A server that is alone, or whose others are closed by whoever started them. */
  public Server(String name, ServerProcess process, int port, Path folder) {
    this(name, process, port, folder, List.of());
  }

  /** One of these members of a cluster that does not lead, with the others in its care. */
  public static Server follower(List<Server> members) {
    Server follower = members.stream().filter(member -> !member.leads()).findFirst().orElseThrow();
    List<Server> others = members.stream().filter(member -> !member.equals(follower)).toList();
    return new Server(
        follower.name + " follower", follower.process, follower.port, follower.folder, others);
  }

  /** Whether it leads its cluster, as it says itself. */
  public boolean leads() {
    try (Client client = client()) {
      StatusResponse status = client.maintenance().status(StatusRequest.getDefaultInstance());
      return status.getLeader() == status.getHeader().getMemberId();
    }
  }

  /** A new empty folder for a server's data and log. */
  public static Path newFolder(String name) {
    try {
      Files.createDirectories(SERVERS);
      return Files.createTempDirectory(SERVERS, name + "-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A new client of it. */
  public Client client() {
    return Client.connect(port);
  }

  /** Kills it and starts it again with the same data and port. */
  public void killAndStartAgain() {
    process.kill();
    process.startAgain();
  }

  @Override
  public void close() {
    process.close();
    deleteData(folder);
    others.forEach(Server::close);
  }

  private static void deleteData(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        if (!file.equals(folder) && !file.equals(folder.resolve("log"))) {
          Files.delete(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
