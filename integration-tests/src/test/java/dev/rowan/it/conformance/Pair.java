package dev.rowan.it.conformance;

import dev.rowan.it.Client;
import dev.rowan.it.Server;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.LeaseLeasesRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.LeaseStatus;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * The oracle and the server under test, which start empty and after each case are brought to the
 * same revision again, with no keys and no leases, so that one difference does not bring others.
 * Not thread-safe.
 */
public final class Pair implements AutoCloseable {
  /** A case that moves one side further ahead than this has broken the pair. */
  private static final int ALIGN_PUTS_MAX = 5000;

  private static final String ETCDS_DEFECT = "range failed to find revision pair";

  private final Server oracle;
  private final Server subject;
  private final Client oracleClient;
  private final Client subjectClient;

  private Pair(Server oracle, Server subject) {
    this.oracle = oracle;
    this.subject = subject;
    this.oracleClient = oracle.client();
    this.subjectClient = subject.client();
  }

  /** Starts both. */
  public static Pair start(Supplier<Server> oracle, Supplier<Server> subject) {
    Server left = oracle.get();
    try {
      return new Pair(left, subject.get());
    } catch (RuntimeException | Error e) {
      left.close();
      throw e;
    }
  }

  /** Runs a case against both, and returns how their answers differ. */
  public Optional<String> difference(Case one) throws Exception {
    try (Side expected = oracle();
        Side actual = subject();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<?> other = threads.submit(() -> run(one, actual));
      run(one, expected);
      other.get();
      return Transcript.difference(expected, actual);
    }
  }

  /** Both sides at the same revision, without keys and leases. */
  public void align() {
    clean(oracleClient);
    clean(subjectClient);
    long difference = revision(oracleClient) - revision(subjectClient);
    Client behind = difference > 0 ? subjectClient : oracleClient;
    if (Math.abs(difference) > ALIGN_PUTS_MAX) {
      throw new IllegalStateException("the sides are " + difference + " revisions apart");
    }
    for (long i = 0; i < Math.abs(difference); i++) {
      put(behind);
    }
    finish(oracleClient);
    finish(subjectClient);
  }

  /**
   * Whether etcd has ended itself over a defect of its own: it may read a row that a compaction, of
   * which it was told before, deletes at that moment.
   */
  public boolean oracleFailed() {
    return oracle.process().log().contains(ETCDS_DEFECT);
  }

  /** A side for steps in lockstep; the caller closes it. */
  public Side oracle() {
    return side(oracle.name(), oracle, oracleClient);
  }

  /** A side for steps in lockstep; the caller closes it. */
  public Side subject() {
    return side("tested " + subject.name(), subject, subjectClient);
  }

  @Override
  public void close() {
    oracleClient.close();
    subjectClient.close();
    oracle.close();
    subject.close();
  }

  /** A server that has others in its care is a follower of theirs. */
  private static Side side(String name, Server server, Client client) {
    return new Side(name, client, revision(client), new Renderer(server.others().isEmpty()));
  }

  /** A script that fails ends its transcript there, which the comparison shows. */
  private static void run(Case one, Side side) {
    try {
      one.script().run(side);
    } catch (Exception e) {
      side.note("the script failed", side.name() + ": " + e);
    }
  }

  private static long revision(Client client) {
    return client.kv().range(Requests.get("\0").build()).getHeader().getRevision();
  }

  private static void clean(Client client) {
    var leases =
        LeaseGrpc.newBlockingStub(client.channel())
            .leaseLeases(LeaseLeasesRequest.getDefaultInstance());
    for (LeaseStatus lease : leases.getLeasesList()) {
      client.lease().leaseRevoke(LeaseRevokeRequest.newBuilder().setID(lease.getID()).build());
    }
    client.kv().deleteRange(Requests.delete("\0", Requests.OPEN).build());
  }

  private static void put(Client client) {
    client.kv().put(Requests.put("align", "").build());
  }

  /** Both come to it with equal revisions, one perhaps with a key. */
  private static void finish(Client client) {
    put(client);
    clean(client);
    CompactionRequest compact =
        CompactionRequest.newBuilder().setRevision(revision(client)).setPhysical(true).build();
    KVGrpc.newBlockingStub(client.channel()).compact(compact);
  }
}
