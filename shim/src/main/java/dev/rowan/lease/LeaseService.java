package dev.rowan.lease;

import dev.rowan.auth.Authenticator;
import dev.rowan.auth.Caller;
import dev.rowan.auth.Credentials;
import dev.rowan.error.EtcdError;
import dev.rowan.error.EtcdException;
import dev.rowan.maintenance.Quota;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.proto.etcdserverpb.LeaseGrantRequest;
import dev.rowan.proto.etcdserverpb.LeaseGrantResponse;
import dev.rowan.proto.etcdserverpb.LeaseGrpc;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveRequest;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;
import dev.rowan.proto.etcdserverpb.LeaseLeasesRequest;
import dev.rowan.proto.etcdserverpb.LeaseLeasesResponse;
import dev.rowan.proto.etcdserverpb.LeaseRevokeRequest;
import dev.rowan.proto.etcdserverpb.LeaseRevokeResponse;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveRequest;
import dev.rowan.proto.etcdserverpb.LeaseTimeToLiveResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.ThreadLocalRandom;

/** The Lease service: every call is a command, so leases are read and changed in one order. */
public final class LeaseService extends LeaseGrpc.LeaseImplBase {
  private final Authenticator authenticator;
  private final Sequencer sequencer;
  private final Quota quota;
  private final long ttlSecondsMin;

  /**
   * Makes the service.
   *
   * @param ttlSecondsMin a shorter time to live is raised to this (L-1)
   */
  public LeaseService(
      Authenticator authenticator, Sequencer sequencer, Quota quota, long ttlSecondsMin) {
    this.authenticator = authenticator;
    this.sequencer = sequencer;
    this.quota = quota;
    this.ttlSecondsMin = ttlSecondsMin;
  }

  private <R> void submit(Command<R> command, StreamObserver<R> reply) {
    try {
      sequencer.submit(command, authenticator.caller(Credentials.current()), reply);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }

  @Override
  public void leaseGrant(LeaseGrantRequest request, StreamObserver<LeaseGrantResponse> reply) {
    if (!quota.allowsLease()) {
      quota.refuse(reply);
      return;
    }
    LeaseGrantRequest.Builder grant =
        request.toBuilder().setTTL(Math.max(request.getTTL(), ttlSecondsMin));
    if (request.getID() != 0) {
      submit(new Command.LeaseGrant(grant.build()), reply);
      return;
    }
    try {
      grantAnyId(grant, authenticator.caller(Credentials.current()), reply);
    } catch (EtcdException refusal) {
      reply.onError(refusal);
    }
  }

  private void grantAnyId(
      LeaseGrantRequest.Builder grant, Caller caller, StreamObserver<LeaseGrantResponse> reply) {
    grant.setID(ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE));
    sequencer.submit(
        new Command.LeaseGrant(grant.build()),
        caller,
        new StreamObserver<>() {
          @Override
          public void onNext(LeaseGrantResponse response) {
            reply.onNext(response);
          }

          @Override
          public void onError(Throwable t) {
            if (t instanceof EtcdException refusal && refusal.error() == EtcdError.LEASE_EXISTS) {
              grantAnyId(grant, caller, reply);
            } else {
              reply.onError(t);
            }
          }

          @Override
          public void onCompleted() {
            reply.onCompleted();
          }
        });
  }

  @Override
  public void leaseRevoke(LeaseRevokeRequest request, StreamObserver<LeaseRevokeResponse> reply) {
    submit(new Command.LeaseRevoke(request), reply);
  }

  /** One renewal at a time: the next request is taken when the last is answered (L-4). */
  @Override
  public StreamObserver<LeaseKeepAliveRequest> leaseKeepAlive(
      StreamObserver<LeaseKeepAliveResponse> reply) {
    ServerCallStreamObserver<LeaseKeepAliveResponse> call =
        (ServerCallStreamObserver<LeaseKeepAliveResponse>) reply;
    call.disableAutoRequest();
    call.setOnCancelHandler(() -> {});
    call.request(1);
    return new KeepAlives(call);
  }

  private final class KeepAlives implements StreamObserver<LeaseKeepAliveRequest> {
    private final ServerCallStreamObserver<LeaseKeepAliveResponse> call;
    private boolean renewing;
    private boolean halfClosed;

    KeepAlives(ServerCallStreamObserver<LeaseKeepAliveResponse> call) {
      this.call = call;
    }

    @Override
    public void onNext(LeaseKeepAliveRequest request) {
      synchronized (this) {
        renewing = true;
      }
      submit(
          new Command.LeaseKeepAlive(request),
          new StreamObserver<>() {
            @Override
            public void onNext(LeaseKeepAliveResponse response) {
              call.onNext(response);
            }

            @Override
            public void onError(Throwable t) {
              call.onError(t);
            }

            @Override
            public void onCompleted() {
              renewed();
            }
          });
    }

    private void renewed() {
      boolean end;
      synchronized (this) {
        renewing = false;
        end = halfClosed;
      }
      if (end) {
        call.onCompleted();
      } else {
        call.request(1);
      }
    }

    @Override
    public void onError(Throwable t) {
      // The client has gone; a renewal under way is answered to nobody.
    }

    @Override
    public void onCompleted() {
      boolean end;
      synchronized (this) {
        halfClosed = true;
        end = !renewing;
      }
      if (end) {
        call.onCompleted();
      }
    }
  }

  @Override
  public void leaseTimeToLive(
      LeaseTimeToLiveRequest request, StreamObserver<LeaseTimeToLiveResponse> reply) {
    submit(new Command.LeaseTimeToLive(request), reply);
  }

  @Override
  public void leaseLeases(LeaseLeasesRequest request, StreamObserver<LeaseLeasesResponse> reply) {
    submit(new Command.LeaseLeases(request), reply);
  }
}
