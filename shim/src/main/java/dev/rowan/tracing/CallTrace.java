package dev.rowan.tracing;

import io.grpc.Context;

/**
 * What is told of a call while it is carried out: the stages that it goes through, each with its
 * time. Safe for any thread, but told by one at a time.
 */
public interface CallTrace {
  /** Of a call that isn't followed, or of none: it tells nobody. */
  CallTrace NONE =
      new CallTrace() {
        @Override
        public void enter(Stage stage) {}

        @Override
        public void leave() {}

        @Override
        public void within(Runnable part) {
          part.run();
        }
      };

  /** Where the call is that a thread carries out. */
  Context.Key<CallTrace> KEY = Context.keyWithDefault("call-trace", CallTrace.NONE);

  /** What a call waits for. */
  enum Stage {
    /** The batch before its own. */
    WAIT_FOR_BATCH("wait for batch"),
    /** Its batch: evaluated, durable, published. */
    COMMIT_BATCH("commit batch"),
    /** Another instance, which is to carry it out. */
    ASK_LEADER("ask leader"),
    /** That this instance has every write which was acknowledged before. */
    CONFIRM_NEWEST("confirm newest revision"),
    /** A thread that may ask the database, and what it asks. */
    READ_DATABASE("read database");

    private final String spanName;

    Stage(String spanName) {
      this.spanName = spanName;
    }

    /** The stage as a span's name. */
    public String spanName() {
      return spanName;
    }
  }

  /** The call enters a stage, and leaves the one that it was in. */
  void enter(Stage stage);

  /** The call leaves the stage that it was in, if it was in one. */
  void leave();

  /** Runs a part of the call: {@link #current} is this meanwhile. Elsewhere a thread has none. */
  void within(Runnable part);

  /** That of the call that this thread carries out; {@link #NONE} if it isn't followed. */
  static CallTrace current() {
    return KEY.get();
  }
}
