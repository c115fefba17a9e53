package dev.rowan.maintenance;

import com.google.protobuf.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * The downgrade that is under way, if one is: a version that was asked for and not cancelled (M-8).
 * Nothing but answers depends on it. Belongs to the sequencer's thread, but for {@link
 * #committedTarget}.
 *
 * <p>A change since the last {@link #commit} can be taken back by {@link #rollback}.
 */
public final class DowngradeJob {
  /** The meta bucket, and the id in it, that hold the target. */
  public static final String BUCKET = "downgrade";

  public static final ByteString ID = ByteString.copyFromUtf8("target");

  private @Nullable String target;
  private volatile @Nullable String committedTarget;

  /** The version to go down to, as in 3.6.0; null if there is no job. */
  public @Nullable String target() {
    return target;
  }

  /** The target that is durable. Any thread. */
  public @Nullable String committedTarget() {
    return committedTarget;
  }

  /** Begins a job, or with null cancels it. */
  public void set(@Nullable String newTarget) {
    target = newTarget;
  }

  public void commit() {
    committedTarget = target;
  }

  public void rollback() {
    target = committedTarget;
  }
}
