package dev.rowan;

import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import dev.rowan.auth.ForwardedCredentials;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.grpc.CallTracers;
import dev.rowan.grpc.LocalChannel;
import dev.rowan.metrics.Metrics;
import dev.rowan.quorum.Carrier;
import dev.rowan.quorum.CommandRelay;
import dev.rowan.quorum.Undelivered;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Two instances with all of etcd's services over one log, that hand commands to each other within
 * this process. Who leads is what the test says.
 */
final class TwoMembers implements AutoCloseable {
  private final Path folder;
  private final RevisionLog file;
  private final ToldLog told;
  private final Map<Long, Member> members = new HashMap<>();
  final Member one;
  final Member other;
  private long term = 1;

  TwoMembers(Path folder) throws Exception {
    this.folder = folder;
    file = config().endpoint().open(true);
    told = new ToldLog(file);
    one = new Member("one");
    other = new Member("other");
    await().until(this::settled);
  }

  /** Whether each has appended its term, and knows of the other's. */
  private boolean settled() {
    return one.access.appends.get() == 1
        && other.access.appends.get() == 1
        && one.store.loaded.index().view().position() == told.position()
        && other.store.loaded.index().view().position() == told.position();
  }

  private ServerConfig config(String... flags) throws UsageException {
    List<String> all = new ArrayList<>(List.of("--data-dir=" + folder, "--bcrypt-cost=4"));
    all.addAll(List.of(flags));
    return ((Request.Serve) CommandLine.parse(all, Map.of(), false)).config();
  }

  /** Tells both. */
  void lead(Member member) {
    term++;
    members.values().forEach(each -> each.relay.changed(term, member.id()));
  }

  @Override
  public void close() {
    for (Member member : members.values()) {
      member.access.release();
      member.close();
    }
    file.close();
  }

  /** What happens to the calls of a member. */
  enum Way {
    CARRIES,
    /** None arrives, as is known. */
    LOSES_CALLS,
    /** All arrive, as isn't known. */
    LOSES_REPLIES,
    /** All wait for {@link Member#letGo}. */
    HOLDS
  }

  final class Member implements Carrier {
    final ToldLog.Access access = told.new Access();
    final Store store;
    final CommandRelay relay;

    /** Calls that it made of the other. */
    final AtomicInteger calls = new AtomicInteger();

    private final LinkedBlockingQueue<Runnable> held = new LinkedBlockingQueue<>();
    private final LocalChannel local;
    volatile Way way = Way.CARRIES;

    Member(String name) throws Exception {
      ServerConfig config = config("--name=" + name);
      store =
          new Store(
              access.log(),
              null,
              config,
              new Metrics("test"),
              new Host(
                  List::of,
                  () -> Runnable::run,
                  defect -> {
                    throw new AssertionError(defect);
                  }));
      relay = new CommandRelay(id(), () -> ByteString.copyFromUtf8(name));
      local =
          LocalChannel.open(
              new Services(store, config).all(),
              config.limits().messageBytesMax(),
              CallTracers.none(),
              new ForwardedCredentials());
      members.put(id(), this);
    }

    /** Begins to hand over and to take. */
    void serve() {
      serve(this);
    }

    void serve(Carrier carrier) {
      relay.serve(store.sequencer, store.identity, carrier, Duration.ofSeconds(7));
    }

    long id() {
      return store.identity.memberId();
    }

    Channel channel() {
      return local.channel();
    }

    Channel as(String token) {
      Metadata headers = new Metadata();
      headers.put(Metadata.Key.of("token", Metadata.ASCII_STRING_MARSHALLER), token);
      return ClientInterceptors.intercept(
          local.channel(), MetadataUtils.newAttachHeadersInterceptor(headers));
    }

    @Override
    public CompletableFuture<ByteString> carry(long memberId, ByteString call, Duration atMost) {
      calls.incrementAndGet();
      CommandRelay to = Objects.requireNonNull(members.get(memberId)).relay;
      return switch (way) {
        case CARRIES -> to.call(id(), call);
        case LOSES_CALLS ->
            CompletableFuture.failedFuture(new Undelivered(new IOException("never sent")));
        case LOSES_REPLIES ->
            to.call(id(), call)
                .thenCompose(reply -> CompletableFuture.failedFuture(new IOException("cut")));
        case HOLDS -> {
          CompletableFuture<ByteString> reply = new CompletableFuture<>();
          held.add(() -> {
            var _ =
                to.call(id(), call)
                    .whenComplete((bytes, thrown) -> {
                      if (thrown == null) {
                        reply.complete(bytes);
                      } else {
                        reply.completeExceptionally(thrown);
                      }
                    });
          });
          yield reply;
        }
      };
    }

    int heldCalls() {
      return held.size();
    }

    /** Lets all calls go that are held, and those that come. */
    void letGo() {
      way = Way.CARRIES;
      List<Runnable> all = new ArrayList<>();
      held.drainTo(all);
      all.forEach(Runnable::run);
    }

    private void close() {
      local.close();
      store.close();
    }
  }
}
