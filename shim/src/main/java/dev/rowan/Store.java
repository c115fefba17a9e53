package dev.rowan;

import dev.rowan.cluster.ClusterService;
import dev.rowan.cluster.Identity;
import dev.rowan.compaction.AutoCompaction;
import dev.rowan.compaction.Pruner;
import dev.rowan.dialects.LogException;
import dev.rowan.dialects.RevisionLog;
import dev.rowan.kv.KvService;
import dev.rowan.kv.RequestChecks;
import dev.rowan.lease.LeaseService;
import dev.rowan.maintenance.MaintenanceService;
import dev.rowan.metrics.Metrics;
import dev.rowan.mvcc.Change;
import dev.rowan.mvcc.Command;
import dev.rowan.mvcc.KeyRange;
import dev.rowan.mvcc.LoadedStore;
import dev.rowan.mvcc.LogTail;
import dev.rowan.mvcc.ReadGate;
import dev.rowan.mvcc.Sequencer;
import dev.rowan.mvcc.Values;
import dev.rowan.mvcc.index.KeyIndex;
import dev.rowan.mvcc.index.KeyIndexView;
import dev.rowan.watch.WatchHub;
import dev.rowan.watch.WatchService;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
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

  /** How often leases whose time is over are looked for (L-3). */
  private static final Duration LEASE_PERIOD = Duration.ofMillis(500);

  /** Leases ended in one period at most (L-3: 1,000 a second). */
  private static final int LEASES_MAX = 500;

  /** How often other instances' writes are looked for. */
  private static final Duration TAIL_PERIOD = Duration.ofMillis(500);

  /**
   * Bytes of values kept in memory: enough for what a cluster of some hundred nodes works on. What
   * is not there costs a read of some microseconds.
   */
  private static final long VALUE_CACHE_BYTES_MAX = 128L << 20;

  /** How old the database's size in the metrics may be. */
  private static final Duration SIZE_AGE_MAX = Duration.ofSeconds(1);

  private final RevisionLog revisionLog;
  private final Metrics metrics;
  private final Consumer<Throwable> fatal;
  private final Identity identity;
  private final Values values;
  private final Sequencer sequencer;
  private final ReadGate gate;
  private final WatchHub hub;
  private final Pruner pruner;
  private final LoadedStore loaded;
  private final ScheduledThreadPoolExecutor timer;
  private final ThreadPoolExecutor readers;
  private RevisionLog.LogSize size = new RevisionLog.LogSize(0, 0);
  private long sizeNanos = System.nanoTime() - SIZE_AGE_MAX.toNanos() - 1;

  /**
   * Reads the log and starts the threads that serve it.
   *
   * @param fatal told of what makes it impossible to go on
   */
  Store(RevisionLog revisionLog, ServerConfig config, Metrics metrics, Consumer<Throwable> fatal)
      throws LogException {
    this.revisionLog = revisionLog;
    this.metrics = metrics;
    this.fatal = fatal;
    long started = System.nanoTime();
    loaded = LoadedStore.load(revisionLog, System::nanoTime, config.timing().electionTimeout());
    log.atInfo()
        .addKeyValue("revision", loaded.head().revision())
        .addKeyValue("compactRevision", loaded.head().compactRevision())
        .addKeyValue("millis", (System.nanoTime() - started) / 1_000_000)
        .log("read the log");
    identity = Identity.of(loaded.head().clusterId(), config.name(), loaded.newestTerm() + 1);
    values =
        new Values(
            revisionLog, Math.min(VALUE_CACHE_BYTES_MAX, Runtime.getRuntime().maxMemory() / 4));
    timer = new ScheduledThreadPoolExecutor(1, named("rowan-timer"));
    timer.setRemoveOnCancelPolicy(true);
    readers =
        new ThreadPoolExecutor(
            READERS,
            READERS,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(READS_WAITING_MAX),
            named("rowan-reader"));
    hub =
        new WatchHub(
            identity,
            loaded.index(),
            values,
            readers,
            config.timing().watchProgressInterval(),
            metrics,
            fatal);
    Duration timeout = config.timing().requestTimeout();
    sequencer =
        new Sequencer(
            revisionLog, loaded, identity, values, this::committed, metrics, timeout, fatal);
    gate = new ReadGate(revisionLog, loaded.index(), sequencer, timeout, fatal);
    pruner =
        new Pruner(
            loaded.index(),
            sequencer,
            timer,
            config.pruning().batchMax(),
            config.pruning().pause(),
            revisionLog.shared() ? TAIL_PERIOD.multipliedBy(2) : Duration.ZERO);
    bind(metrics);
    start();
    AutoCompaction.of(
            config.pruning().retention(),
            () -> loaded.index().view().revision(),
            System::nanoTime,
            sequencer::submit)
        .ifPresent(auto -> every(auto.period(), auto::step));
  }

  private static ThreadFactory named(String name) {
    AtomicInteger made = new AtomicInteger();
    return task -> Thread.ofPlatform().name(name + "-" + made.incrementAndGet()).unstarted(task);
  }

  private void bind(Metrics metrics) {
    KeyIndex index = loaded.index();
    KeyRange all = KeyRange.all();
    metrics.bindQueue(sequencer::queued, sequencer::queuedBytes);
    metrics.bindIndex(() -> index.view().count(all.from(), all.to()));
    metrics.bindLeases(loaded::leases);
    metrics.bindValueCache(
        () -> values.stats().hitCount(), () -> values.stats().missCount(), values::bytes);
    metrics.bindWatchers(hub::watchers, hub::watchersBehind, hub::lagRevisions);
    metrics.bindWatchQueue(hub::streams, hub::queuedEvents);
    metrics.bindProposals(() -> sequencer.head().position(), sequencer::queued);
    metrics.bindMember(identity.memberId(), Version.ETCD);
    metrics.gauge(
        "etcd_server_quota_backend_bytes", "Quota of the database; -1 for none.", () -> -1);
    metrics.bindStore(
        () -> index.view().revision(),
        () -> index.view().compactRevision(),
        () -> size().bytes(),
        () -> size().bytesInUse());
  }

  /** Several metrics ask for it in one scrape; the database is asked once a second at most. */
  private synchronized RevisionLog.LogSize size() {
    long now = System.nanoTime();
    if (now - sizeNanos > SIZE_AGE_MAX.toNanos()) {
      try {
        size = revisionLog.size();
      } catch (LogException e) {
        log.atDebug().setCause(e).log("the size of the database is not known now");
      }
      sizeNanos = now;
    }
    return size;
  }

  private void start() {
    sequencer.start();
    gate.start();
    hub.start();
    sequencer.submit(new Command.BeginTerm(identity.term()), new Ignored<>());
    every(DEADLINE_PERIOD, sequencer::expireWaiting);
    every(DEADLINE_PERIOD, gate::expireWaiting);
    every(
        LEASE_PERIOD,
        () -> sequencer.submit(new Command.ExpireLeases(LEASES_MAX), new Ignored<>()));
    if (revisionLog.shared()) {
      LogTail tail = new LogTail(revisionLog, loaded.index(), sequencer);
      every(TAIL_PERIOD, () -> tail.pollOn(readers));
    }
    pruner.compacted();
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

  private void committed(KeyIndexView view, List<Change> changes) {
    hub.committed(view, changes);
    pruner.compacted();
  }

  /** The answer to a command that nobody waits for. */
  private static final class Ignored<R> implements StreamObserver<R> {
    @Override
    public void onNext(R response) {}

    @Override
    public void onError(Throwable t) {
      log.atDebug().setCause(t).log("a background command was refused; it is tried again");
    }

    @Override
    public void onCompleted() {}
  }

  /**
   * Makes etcd's services.
   *
   * @param clientUrls where clients reach this instance, once the port is open
   */
  List<ServerServiceDefinition> services(ServerConfig config, Supplier<List<String>> clientUrls) {
    ServerConfig.Limits limits = config.limits();
    RequestChecks checks = new RequestChecks(limits.txnOpsMax(), limits.requestBytesMax());
    KvService kv =
        new KvService(identity, checks, loaded.index(), values, sequencer, gate, pruner, readers);
    return List.of(
        kv.bindService(),
        new WatchService(identity, hub, limits.messageBytesMax()).definition(),
        new LeaseService(sequencer, config.timing().leaseTtlMin().toSeconds()).bindService(),
        new ClusterService(identity, config.name(), clientUrls).bindService(),
        new MaintenanceService(
                identity, Version.ETCD, Version.ETCD_STORAGE, revisionLog, loaded.index(), readers)
            .bindService());
  }

  /** Ends the watch streams, which never end by themselves. */
  void endStreams() {
    hub.close();
  }

  /** Stops serving and closes the log; everything that was acknowledged is durable already. */
  @Override
  public void close() {
    timer.shutdownNow();
    hub.close();
    gate.close();
    sequencer.close();
    readers.shutdownNow();
    revisionLog.close();
  }
}
