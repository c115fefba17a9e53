package dev.rowan.it;

import dev.rowan.it.StreamSession.Received;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveRequest;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;

/** A raw LeaseKeepAlive stream. */
public record LeaseSession(StreamSession<LeaseKeepAliveRequest, LeaseKeepAliveResponse> stream)
    implements AutoCloseable {
  /** Asks to renew a lease. */
  public void renew(long leaseId) {
    stream.send(LeaseKeepAliveRequest.newBuilder().setID(leaseId).build());
  }

  /** Takes what comes next, and fails if nothing does. */
  public Received<LeaseKeepAliveResponse> next() {
    return stream.next();
  }

  @Override
  public void close() {
    stream.close();
  }
}
