package dev.rowan.it.linearizability;

import com.google.protobuf.Message;
import dev.rowan.it.Client;
import dev.rowan.it.linearizability.Operation.Answered;
import dev.rowan.it.linearizability.Operation.Open;
import dev.rowan.it.linearizability.Operation.Outcome;
import dev.rowan.it.linearizability.Operation.Refused;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A client that asks one thing after the other, each of an instance by chance, and writes down what
 * it is told. One thread's.
 */
final class Caller implements AutoCloseable {
  /** Shorter than what a server takes to give up (7 s), and longer: both ways of not knowing. */
  private static final Duration SHORT = Duration.ofSeconds(2);

  private static final Duration LONG = Duration.ofSeconds(9);
  private static final Duration BACKOFF = Duration.ofMillis(20);

  private final List<Instance> instances;
  private final List<Client> clients;
  private final SplittableRandom random;
  private final RequestMaker maker;
  private final Journal journal;

  Caller(
      String name,
      List<Instance> instances,
      SplittableRandom random,
      Leases leases,
      Journal journal) {
    this.instances = instances;
    this.clients = instances.stream().map(Instance::client).toList();
    this.random = random;
    this.maker = new RequestMaker(name, random.split(), leases);
    this.journal = journal;
  }

  /** Asks until it is told to stop. */
  void run(CountDownLatch stop) {
    while (stop.getCount() > 0) {
      ask(random.nextInt(instances.size()), maker.next(journal.revision()));
    }
  }

  /** Asks one thing of one instance; returns the answer if there is one. */
  Optional<Message> ask(int which, Message request) {
    Instance instance = instances.get(which);
    Client client = clients.get(which);
    client.channel().resetConnectBackoff();
    String life = instance.life();
    long invoked = System.nanoTime();
    try {
      Message response = send(client, request);
      long returned = System.nanoTime();
      if (!(request instanceof RangeRequest range && range.getSerializable())) {
        instance.answers();
      }
      journal.saw(Answers.revision(response));
      maker.learn(request, response);
      String asked = life.equals(instance.life()) ? life : "";
      journal.add(asked, request, invoked, returned, new Answered(response));
      return Optional.of(response);
    } catch (StatusRuntimeException e) {
      failed(life, request, invoked, e.getStatus());
      return Optional.empty();
    }
  }

  /**
   * What was never sent, and a read without an answer, say nothing. Nor does what was sent to a
   * learner: if it is in the log, nobody has asked for it.
   */
  private void failed(String life, Message request, long invoked, Status status) {
    long returned = System.nanoTime();
    Outcome outcome = outcome(status);
    boolean unsent = status.getCause() instanceof ConnectException || Answers.fromLearner(status);
    if (status.getCause() instanceof ConnectException) {
      // Nobody listens there: to ask again at once would only take the processor from those that
      // are starting, and from the networks between them.
      LockSupport.parkNanos(BACKOFF.toNanos());
    }
    boolean unread = request instanceof RangeRequest && outcome instanceof Open;
    if (!unsent && !unread) {
      journal.add(
          life, request, invoked, outcome instanceof Open ? Long.MAX_VALUE : returned, outcome);
    }
  }

  private static Outcome outcome(Status status) {
    String text = String.valueOf(status.getDescription());
    return switch (status.getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, UNKNOWN ->
          new Open(status.getCode() + " " + text);
      case INTERNAL ->
          text.startsWith("rowan:")
              ? new Refused(status.getCode(), text)
              : new Open(status.getCode() + " " + text);
      default -> new Refused(status.getCode(), text);
    };
  }

  private Message send(Client client, Message request) {
    Duration patience = random.nextInt(4) == 0 ? LONG : SHORT;
    long nanos = patience.toNanos();
    var kv = client.kv().withDeadlineAfter(nanos, TimeUnit.NANOSECONDS);
    var lease = client.lease().withDeadlineAfter(nanos, TimeUnit.NANOSECONDS);
    return switch (request) {
      case PutRequest put -> kv.put(put);
      case DeleteRangeRequest delete -> kv.deleteRange(delete);
      case RangeRequest range -> kv.range(range);
      case TxnRequest txn -> kv.txn(txn);
      case LeaseGrantRequest grant -> lease.leaseGrant(grant);
      case LeaseRevokeRequest revoke -> lease.leaseRevoke(revoke);
      default -> throw new IllegalArgumentException("nobody asks this: " + request);
    };
  }

  @Override
  public void close() {
    clients.forEach(Client::close);
  }
}
