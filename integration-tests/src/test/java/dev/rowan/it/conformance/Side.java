package dev.rowan.it.conformance;

import com.google.protobuf.Message;
import dev.rowan.it.Client;
import dev.rowan.it.StreamSession;
import dev.rowan.proto.etcdserverpb.CompactionRequest;
import dev.rowan.proto.etcdserverpb.CompactionResponse;
import dev.rowan.proto.etcdserverpb.DeleteRangeRequest;
import dev.rowan.proto.etcdserverpb.DeleteRangeResponse;
import dev.rowan.proto.etcdserverpb.KVGrpc;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantResponse;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.LeaseLeasesRequest;
import dev.rowan.proto.etcdserverpb.LeaseLeasesResponse;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeResponse;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveResponse;
import dev.rowan.proto.etcdserverpb.PutRequest;
import dev.rowan.proto.etcdserverpb.PutResponse;
import dev.rowan.proto.etcdserverpb.RangeRequest;
import dev.rowan.proto.etcdserverpb.RangeResponse;
import dev.rowan.proto.etcdserverpb.TxnRequest;
import dev.rowan.proto.etcdserverpb.TxnResponse;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One server under comparison during one case: sends requests and writes down each with its answer.
 * A call that fails is written down too, and returns the empty answer. Not thread-safe.
 */
public final class Side implements AutoCloseable {
  private final String name;
  private final Client client;
  private final long base;
  private final Renderer renderer;
  private final Transcript transcript = new Transcript();
  private final List<Runnable> closers = new ArrayList<>();

  /**
   * A side at the start of a case.
   *
   * @param base the store's revision now
   * @param renderer of this side's own
   */
  Side(String name, Client client, long base, Renderer renderer) {
    this.renderer = renderer;
    this.name = name;
    this.client = client;
    this.base = base;
  }

  /** The store's revision this many after the start of the case. */
  public long rev(long after) {
    return base + after;
  }

  /** Ranges. */
  public RangeResponse range(RangeRequest.Builder request) {
    return call(KVGrpc.getRangeMethod(), request.build(), RangeResponse.getDefaultInstance());
  }

  /** Puts. */
  public PutResponse put(PutRequest.Builder request) {
    return call(KVGrpc.getPutMethod(), request.build(), PutResponse.getDefaultInstance());
  }

  /** Puts each key with its own name as the value. */
  public void putAll(String... keys) {
    for (String key : keys) {
      put(Requests.put(key, key));
    }
  }

  /** Deletes. */
  public DeleteRangeResponse delete(DeleteRangeRequest.Builder request) {
    return call(
        KVGrpc.getDeleteRangeMethod(), request.build(), DeleteRangeResponse.getDefaultInstance());
  }

  /** Runs a transaction. */
  public TxnResponse txn(TxnRequest.Builder request) {
    return call(KVGrpc.getTxnMethod(), request.build(), TxnResponse.getDefaultInstance());
  }

  /** Compacts, and waits until it is done. */
  public CompactionResponse compact(long revision) {
    return compact(CompactionRequest.newBuilder().setRevision(revision).setPhysical(true));
  }

  /** Compacts. */
  public CompactionResponse compact(CompactionRequest.Builder request) {
    return call(
        KVGrpc.getCompactMethod(), request.build(), CompactionResponse.getDefaultInstance());
  }

  /** Grants a lease; with id 0 the server chooses one, which then shows masked. */
  public LeaseGrantResponse grant(long ttlSeconds, long leaseId) {
    LeaseGrantRequest request =
        LeaseGrantRequest.newBuilder().setTTL(ttlSeconds).setID(leaseId).build();
    try {
      LeaseGrantResponse answer = unary(LeaseGrpc.getLeaseGrantMethod(), request);
      if (leaseId == 0) {
        renderer.maskLease(answer.getID());
      }
      note(renderer.text(request), renderer.text(answer));
      return answer;
    } catch (StatusRuntimeException e) {
      note(renderer.text(request), renderer.text(e.getStatus()));
      return LeaseGrantResponse.getDefaultInstance();
    }
  }

  /** Revokes a lease. */
  public LeaseRevokeResponse revoke(long leaseId) {
    return call(
        LeaseGrpc.getLeaseRevokeMethod(),
        LeaseRevokeRequest.newBuilder().setID(leaseId).build(),
        LeaseRevokeResponse.getDefaultInstance());
  }

  /** Asks for a lease's time left and its keys. */
  public LeaseTimeToLiveResponse timeToLive(long leaseId, boolean keys) {
    return call(
        LeaseGrpc.getLeaseTimeToLiveMethod(),
        LeaseTimeToLiveRequest.newBuilder().setID(leaseId).setKeys(keys).build(),
        LeaseTimeToLiveResponse.getDefaultInstance());
  }

  /** Lists the leases. */
  public LeaseLeasesResponse leases() {
    return call(
        LeaseGrpc.getLeaseLeasesMethod(),
        LeaseLeasesRequest.getDefaultInstance(),
        LeaseLeasesResponse.getDefaultInstance());
  }

  /** Ranges as a stream, and writes down each message. */
  public void rangeStream(RangeRequest.Builder request) {
    rangeStream(client.channel(), request);
  }

  /** Ranges as a stream over a channel of one's own. */
  public void rangeStream(Channel channel, RangeRequest.Builder request) {
    List<String> answers = new ArrayList<>();
    try {
      Iterator<? extends Message> messages =
          KVGrpc.newBlockingStub(channel)
              .withDeadlineAfter(Client.CALL_MAX)
              .rangeStream(request.build());
      messages.forEachRemaining(message -> answers.add(renderer.text(message)));
    } catch (StatusRuntimeException e) {
      answers.add(renderer.text(e.getStatus()));
    }
    note("stream " + renderer.text(request.build()), String.join("\n       ", answers));
  }

  /** Opens a Watch stream, closed at the case's end at the latest. */
  public Watches watches() {
    return watches(client.channel());
  }

  /** Opens a Watch stream over a channel of one's own. */
  public Watches watches(Channel channel) {
    Watches opened = new Watches(Client.watch(channel), this);
    closers.add(opened::close);
    return opened;
  }

  /** Opens a LeaseKeepAlive stream, closed at the case's end at the latest. */
  public KeepAlives keepAlives() {
    return keepAlives(client.channel());
  }

  /** Opens a LeaseKeepAlive stream over a channel of one's own. */
  public KeepAlives keepAlives(Channel channel) {
    KeepAlives opened = new KeepAlives(Client.keepAlive(channel), this);
    closers.add(opened::close);
    return opened;
  }

  /** Makes a call that need not be answered soon, given up at the case's end at the latest. */
  public <Q extends Message, R extends Message> Pending<Q, R> begin(
      MethodDescriptor<Q, R> method, Q request) {
    Pending<Q, R> begun =
        new Pending<>(StreamSession.open(client.channel(), method), request, this);
    closers.add(begun::cancel);
    return begun;
  }

  /** The connection, for what has no short form here. */
  public Client client() {
    return client;
  }

  /** Makes a call; an error is written down and gives the empty answer. */
  public <Q extends Message, R extends Message> R call(
      MethodDescriptor<Q, R> method, Q request, R empty) {
    return call(client.channel(), method, request, empty);
  }

  /** Makes a call over a channel of one's own, such as one that adds metadata. */
  public <Q extends Message, R extends Message> R call(
      Channel channel, MethodDescriptor<Q, R> method, Q request, R empty) {
    try {
      R answer = unary(channel, method, request);
      note(renderer.text(request), renderer.text(answer));
      return answer;
    } catch (StatusRuntimeException e) {
      note(renderer.text(request), renderer.text(e.getStatus()));
      return empty;
    }
  }

  /** Makes a call that is not written down, and must succeed. */
  public <Q, R> R unary(MethodDescriptor<Q, R> method, Q request) {
    return unary(client.channel(), method, request);
  }

  /** Writes down what has a text of its own. */
  public void note(String request, String answer) {
    transcript.add(request, answer);
  }

  /** A message as it is compared. */
  public String text(Message message) {
    return renderer.text(message);
  }

  /** An error as it is compared. */
  public String text(Status status) {
    return renderer.text(status);
  }

  String name() {
    return name;
  }

  Transcript transcript() {
    return transcript;
  }

  @Override
  public void close() {
    closers.forEach(Runnable::run);
  }

  private static <Q, R> R unary(Channel channel, MethodDescriptor<Q, R> method, Q request) {
    CallOptions options =
        CallOptions.DEFAULT.withDeadlineAfter(Client.CALL_MAX.toSeconds(), TimeUnit.SECONDS);
    return ClientCalls.blockingUnaryCall(channel, method, options, request);
  }
}
