package dev.rowan.raft;

import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** What a member answers the others: with what it was asked, unless a test says otherwise. */
final class Asked implements PeerCalls {
  private final long memberId;
  private final List<String> requests = new ArrayList<>();
  private volatile Function<ByteString, CompletableFuture<ByteString>> answers =
      CompletableFuture::completedFuture;
  private volatile ByteString description;

  Asked(long memberId) {
    this.memberId = memberId;
    description = ByteString.copyFromUtf8("member " + memberId);
  }

  void answers(Function<ByteString, CompletableFuture<ByteString>> with) {
    answers = with;
  }

  void description(ByteString changed) {
    description = changed;
  }

  /** Who asked, and the first letters of what, in order. */
  List<String> requests() {
    synchronized (requests) {
      return List.copyOf(requests);
    }
  }

  @Override
  public CompletableFuture<ByteString> call(long from, ByteString request) {
    String letters = request.substring(0, Math.min(20, request.size())).toStringUtf8();
    synchronized (requests) {
      requests.add(from + ">" + memberId + " " + letters);
    }
    return answers.apply(request);
  }

  @Override
  public ByteString describe() {
    return description;
  }
}
