package dev.rowan;

import dev.rowan.auth.AuthBook;
import dev.rowan.auth.Authenticator;
import dev.rowan.auth.Caller;
import dev.rowan.auth.SimpleTokens;
import dev.rowan.cluster.Identity;
import dev.rowan.cluster.InstanceLeadership;
import dev.rowan.cluster.Instances;
import dev.rowan.cluster.Leadership;
import dev.rowan.compaction.AutoCompaction;
import dev.rowan.compaction.Pruner;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.kv.Readers;
import dev.rowan.maintenance.CompactionHashes;
import dev.rowan.maintenance.LongTasks;
import dev.rowan.maintenance.StoreSize;
import dev.rowan.metrics.Metrics;
import dev.rowan.mvcc.Change;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.CommitListener;
import dev.rowan.mvcc.LoadedStore;
import dev.rowan.mvcc.LogTail;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.mvcc.Values;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.quorum.Quorum;
import dev.rowan.quorum.QuorumMembers;
import dev.rowan.watch.WatchHub;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A revision log with everything that serves it: index, sequencer, hub, pruner, and etcd's services
 * on top. Opened and closed by one thread.
 */
final class Store implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Store.class);

  /** Threads that ask the database for what is not in memory; SQLite has as many connections. */
  private static final int READERS = 2;

  /** Reads that wait for a reader at most. */
  private static final int READS_WAITING_MAX = 10_000;

  /** How often requests whose time is over are looked for. */
  private static final Duration DEADLINE_PERIOD = Duration.ofMillis(100);

  /** How often tokens whose time is over are looked for; they are refused before. */
  private static final Duration TOKEN_PERIOD = Duration.ofSeconds(1);

  /** Logins and new passwords that wait for a hashing thread at most. */
  private static final int HASHES_WAITING_MAX = 1_000;

  /** How long after a compaction an instance that does not lead prunes what is left. */
  private static final Duration FOLLOWER_PRUNE_DELAY = Duration.ofMinutes(1);

  /** How often the store is measured. */
  private static final Duration SIZE_PERIOD = Duration.ofSeconds(1);

  /** How long the answer of what is broken off at a stop may take. */
  private static final Duration ANSWER_MAX = Duration.ofSeconds(1);

  /** Snapshots at a time: each takes a file as large as the store. */
  private static final int SNAPSHOTS_MAX = 2;

  /**
   * Bytes of values kept in memory: enough for what a cluster of some hundred nodes works on. What
   * is not there costs a read of some microseconds.
   */
  private static final long VALUE_CACHE_BYTES_MAX = 128L << 20;

  final RevisionLog revisionLog;
  final Metrics metrics;
  private final Consumer<Throwable> fatal;
  final Identity identity;
  final Values values;
  final Sequencer sequencer;
  final ReadGate gate;
  private final LogTail tail;
  final Instances instances;
  final Leadership leadership;

  /** Those of the quorum; null for a database or a file alone. */
  final @Nullable QuorumMembers members;

  final WatchHub hub;
  final Pruner pruner;
  final StoreSize size;
  final LongTasks longTasks;
  final CompactionHashes compactionHashes;
  final LoadedStore loaded;
  final Authenticator authenticator;
  final ScheduledThreadPoolExecutor timer;
  final ThreadPoolExecutor readers;
  final Readers reads;
  final ThreadPoolExecutor snapshots;
  final ThreadPoolExecutor hashing;
  final ThreadPoolExecutor defragmenting;
  private final Duration requestTimeout;

  /**
   * Reads the log and starts the threads that serve it.
   *
   * @param quorum whose log it is, as this member has it; null for a database or a file alone
   * @param host the process that it serves in
   */
  Store(
      RevisionLog revisionLog,
      @Nullable Quorum quorum,
      ServerConfig config,
      Metrics metrics,
      Host host)
      throws LogException {
    this.revisionLog = revisionLog;
    this.metrics = metrics;
    fatal = host.fatal();
    long clusterId = revisionLog.head().clusterId();
    long memberId =
        quorum == null ? Identity.memberId(clusterId, distinctName(config)) : quorum.memberId();
    // Before the log is read: from now on the others don't prune what this one has yet to read.
    instances = Instances.join(revisionLog, memberId, config.name(), host.clientUrls());
    long started = System.nanoTime();
    AuthBook auth =
        new AuthBook(
            new SimpleTokens(
                config.auth().simpleTokenTtl(), System::nanoTime, revisionLog.shared()));
    loaded =
        LoadedStore.load(revisionLog, auth, System::nanoTime, config.timing().electionTimeout());
    log.atInfo()
        .addKeyValue("revision", loaded.head().revision())
        .addKeyValue("compactRevision", loaded.head().compactRevision())
        .addKeyValue("millis", (System.nanoTime() - started) / 1_000_000)
        .log("read the log");
    values =
        new Values(
            revisionLog, Math.min(VALUE_CACHE_BYTES_MAX, Runtime.getRuntime().maxMemory() / 4));
    timer = new ScheduledThreadPoolExecutor(1, named("rowan-timer"));
    timer.setRemoveOnCancelPolicy(true);
    requestTimeout = config.timing().requestTimeout();
    members = quorum == null ? null : quorum.members(host.clientUrls(), requestTimeout, timer);
    identity =
        members == null
            ? Identity.of(clusterId, memberId, loaded.newestTerm() + 1)
            : members.identity(clusterId);
    leadership =
        members == null
            ? new InstanceLeadership(identity, instances, () -> loaded.index().view().position())
            : members.leadership();
    readers = pool(READERS, READS_WAITING_MAX, named("rowan-reader"));
    int hashers = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    hashing = pool(hashers, HASHES_WAITING_MAX, named("rowan-passwords"));
    size = new StoreSize(revisionLog);
    longTasks = new LongTasks(readers);
    compactionHashes =
        new CompactionHashes(
            revisionLog, loaded.head().compactRevision(), size, longTasks, this::hashed);
    snapshots =
        new ThreadPoolExecutor(
            0,
            SNAPSHOTS_MAX,
            1,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            named("rowan-snapshot"));
    defragmenting =
        new ThreadPoolExecutor(
            0, 1, 1, TimeUnit.SECONDS, new ArrayBlockingQueue<>(1), named("rowan-defragment"));
    hub =
        new WatchHub(
            identity,
            loaded.index(),
            values,
            readers,
            config.timing().watchProgressInterval(),
            metrics,
            fatal);
    reads = new Readers(readers, requestTimeout);
    sequencer =
        new Sequencer(
            revisionLog, loaded, identity, values, new Listener(), metrics, requestTimeout, fatal);
    authenticator = new Authenticator(auth, config.auth().jwt(), sequencer);
    gate = new ReadGate(revisionLog, loaded.index(), sequencer, requestTimeout, host.loop(), fatal);
    tail = new LogTail(revisionLog, loaded.index(), sequencer, fatal);
    pruner =
        new Pruner(
            loaded.index(),
            sequencer,
            timer,
            config.pruning().batchMax(),
            config.pruning().pause(),
            this::pruneAfter,
            compactionHashes::hashedTo);
    StoreMetrics.bind(this, quorum);
    if (quorum != null) {
      quorum.serve(sequencer, identity, requestTimeout);
    }
    start();
    AutoCompaction.of(
            config.pruning().retention(),
            () -> loaded.index().view().revision(),
            System::nanoTime,
            leadership::leads,
            (command, reply) -> sequencer.submit(command, Caller.INTERNAL, reply))
        .ifPresent(auto -> every(auto.period(), auto::step));
  }

  /** Instances over one log may all have the default name. */
  private String distinctName(ServerConfig config) {
    ServerConfig.Addresses addresses = config.addresses();
    List<URI> urls = addresses.advertise().isEmpty() ? addresses.listen() : addresses.advertise();
    return revisionLog.shared() ? config.name() + urls : config.name();
  }

  private static ThreadPoolExecutor pool(int threads, int waitingMax, ThreadFactory factory) {
    return new ThreadPoolExecutor(
        threads, threads, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(waitingMax), factory);
  }

  private static ThreadFactory named(String name) {
    AtomicInteger made = new AtomicInteger();
    return task -> Thread.ofPlatform().name(name + "-" + made.incrementAndGet()).unstarted(task);
  }

  private void start() {
    sequencer.start();
    gate.start();
    tail.start();
    hub.start();
    if (members == null) {
      carryOut(new Command.BeginTerm(identity.term()));
    } else {
      members.start(this::every);
    }
    every(TOKEN_PERIOD, authenticator::endTokens);
    every(DEADLINE_PERIOD, () -> refuseLate(System.nanoTime()));
    LeaseExpiry leases =
        new LeaseExpiry(leadership, members == null ? null : identity::term, this::carryOut);
    every(LeaseExpiry.PERIOD, leases::look);
    every(SIZE_PERIOD, new OneAtATime(readers, size::measureWhenDue));
    if (revisionLog.shared()) {
      every(Instances.ANNOUNCE_PERIOD, new OneAtATime(readers, instances::announceAgain));
    }
    pruner.compacted();
  }

  /** Answers the calls whose time is over at a time. */
  private void refuseLate(long nowNanos) {
    sequencer.refuseLate(nowNanos);
    gate.refuseLate(nowNanos);
    reads.refuseLate(nowNanos);
  }

  /**
   * How long rows that nobody may read any more are kept: until the other instances have heard that
   * they were written; and for those that do not lead until the one that leads has deleted them,
   * unless somebody waits for it.
   */
  private Duration pruneAfter(boolean awaited) {
    if (instances.alone()) {
      return Duration.ZERO;
    }
    return awaited || instances.leads() ? LogTail.PAUSE_MAX.multipliedBy(2) : FOLLOWER_PRUNE_DELAY;
  }

  private void every(Duration period, Runnable task) {
    Runnable guarded =
        () -> {
          try {
            task.run();
          } catch (RuntimeException e) {
            metrics.backgroundFailed("timer");
            log.atError().setCause(e).log("a periodic task failed; it is tried again");
          } catch (Error e) {
            fatal.accept(e);
            throw e;
          }
        };
    var _ =
        timer.scheduleWithFixedDelay(
            guarded, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
  }

  /** Passes on what the sequencer publishes. */
  private final class Listener implements CommitListener {
    @Override
    public void committed(KeyIndexView view, List<Change> changes) {
      hub.committed(view, changes);
      size.committed(changes);
      compactionHashes.committed(view);
      pruner.compacted();
    }

    @Override
    public void reloaded(KeyIndexView view) {
      hub.reloaded(view);
      compactionHashes.reloaded(view);
    }
  }

  private void hashed() {
    pruner.compacted();
  }

  /** Nobody waits for it. */
  private <R> void carryOut(Command<R> command) {
    var _ =
        sequencer
            .carryOut(command)
            .whenComplete((response, refusal) -> {
              if (refusal != null) {
                log.debug("a background command was refused; it is tried again", refusal);
              }
            });
  }

  /** Tells the other instances, if the database takes it soon: else they find this one gone. */
  private void leave() {
    try {
      readers.submit(instances::leave).get(ANSWER_MAX.toNanos(), TimeUnit.NANOSECONDS);
    } catch (RejectedExecutionException | ExecutionException | TimeoutException e) {
      log.debug("the others will find this instance gone", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Ends the watch streams, which never end by themselves. What asks the log for long is broken off
   * before the time of running calls is over, and so are calls that wait for a database that is
   * away: they are answered and not cut.
   */
  void endStreams(Duration grace) {
    hub.close();
    var _ = timer.schedule(this::breakOff, grace.minus(ANSWER_MAX).toNanos(), TimeUnit.NANOSECONDS);
  }

  private void breakOff() {
    refuseLate(System.nanoTime() + requestTimeout.toNanos());
    revisionLog.interrupt();
  }

  /**
   * Stops serving and closes the log; everything that was acknowledged is durable already. What
   * takes long is broken off, and a database that still does not come back is left to itself: it
   * finds the process gone, as after a kill.
   */
  @Override
  public void close() {
    timer.shutdownNow();
    revisionLog.interrupt();
    hub.close();
    gate.close();
    tail.close();
    sequencer.close();
    if (sequencer.stopped()) {
      leave();
    }
    readers.shutdownNow();
    snapshots.shutdownNow();
    defragmenting.shutdownNow();
    hashing.shutdownNow();
    if (sequencer.stopped()) {
      revisionLog.close();
    } else {
      log.warn("the database is still at work and is not waited for");
    }
  }
}
