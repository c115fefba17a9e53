package dev.rowan.it.conformance;

import dev.rowan.it.LeaseSession;
import dev.rowan.it.StreamSession.Received;
import dev.rowan.proto.etcdserverpb.LeaseKeepAliveResponse;

/** A LeaseKeepAlive stream of one side, written down. Not thread-safe. */
public final class KeepAlives implements AutoCloseable {
  private final LeaseSession session;
  private final Side side;

  KeepAlives(LeaseSession session, Side side) {
    this.session = session;
    this.side = side;
  }

  /** Asks to renew a lease, and waits for the answer. */
  public void renew(long leaseId) {
    session.renew(leaseId);
    next("keepalive");
  }

  /** Half-closes the stream, and waits for its end. */
  public void finish() {
    session.stream().halfClose();
    next("half-close of the keepalives");
  }

  private void next(String request) {
    side.note(
        request,
        switch (session.next()) {
          case Received.Response<LeaseKeepAliveResponse>(LeaseKeepAliveResponse answer) ->
              side.text(answer);
          case Received.End<LeaseKeepAliveResponse>(var status) -> "end: " + side.text(status);
        });
  }

  @Override
  public void close() {
    session.close();
  }
}
