package dev.rowan.raft;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.apache.ratis.metrics.LongCounter;
import org.apache.ratis.metrics.MetricRegistries;
import org.apache.ratis.metrics.MetricRegistryInfo;
import org.apache.ratis.metrics.RatisMetricRegistry;
import org.apache.ratis.metrics.Timekeeper;
import org.apache.ratis.protocol.RaftGroupMemberId;
import org.apache.ratis.server.metrics.SegmentedRaftLogMetrics;
import org.apache.ratis.util.TimeDuration;
import org.jspecify.annotations.Nullable;

/**
 * Keeps Ratis from measuring each of its steps, but for its log's fsync. Public because Ratis finds
 * it as a service, one for all members of a process, and does not start without one.
 */
public final class NoMetrics extends MetricRegistries {
  private static final Timekeeper.Context NO_TIME = () -> 0;
  private static final Timekeeper NO_TIMER = () -> NO_TIME;
  private static final LongCounter NO_COUNTER =
      new LongCounter() {
        @Override
        public void inc(long n) {}

        @Override
        public void dec(long n) {}

        @Override
        public long getCount() {
          return 0;
        }
      };

  /** By what Ratis calls the member. */
  private static final Map<String, LongConsumer> SYNCS = new ConcurrentHashMap<>();

  /**
   * Has the durations of a member's fsyncs told.
   *
   * @param told on the thread of Ratis' log; null for nobody any more. Those who are opened while
   *     nobody is told aren't measured
   */
  static void tellSyncs(RaftGroupMemberId member, @Nullable LongConsumer told) {
    if (told == null) {
      SYNCS.remove(member.toString());
    } else {
      SYNCS.put(member.toString(), told);
    }
  }

  private static Timekeeper.Context begin(LongConsumer told) {
    long begun = System.nanoTime();
    return () -> {
      long took = System.nanoTime() - begun;
      told.accept(took);
      return took;
    };
  }

  private record Registry(MetricRegistryInfo info) implements RatisMetricRegistry {
    @Override
    public Timekeeper timer(String name) {
      LongConsumer told =
          name.equals(SegmentedRaftLogMetrics.RAFT_LOG_SYNC_TIME)
              ? SYNCS.get(info.getPrefix())
              : null;
      return told == null ? NO_TIMER : () -> begin(told);
    }

    @Override
    public LongCounter counter(String name) {
      return NO_COUNTER;
    }

    @Override
    public boolean remove(String name) {
      return true;
    }

    @Override
    public <T> void gauge(String name, Supplier<Supplier<T>> gauge) {}

    @Override
    public MetricRegistryInfo getMetricRegistryInfo() {
      return info;
    }
  }

  @Override
  public void clear() {}

  @Override
  public RatisMetricRegistry create(MetricRegistryInfo info) {
    return new Registry(info);
  }

  @Override
  public boolean remove(MetricRegistryInfo info) {
    return true;
  }

  @Override
  public Optional<RatisMetricRegistry> get(MetricRegistryInfo info) {
    return Optional.empty();
  }

  @Override
  public Set<MetricRegistryInfo> getMetricRegistryInfos() {
    return Set.of();
  }

  @Override
  public Collection<RatisMetricRegistry> getMetricRegistries() {
    return List.of();
  }

  @Override
  public void addReporterRegistration(
      Consumer<RatisMetricRegistry> begin, Consumer<RatisMetricRegistry> end) {}

  @Override
  public void enableJmxReporter() {}

  @Override
  public void enableConsoleReporter(TimeDuration period) {}
}
