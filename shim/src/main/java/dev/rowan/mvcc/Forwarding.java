package dev.rowan.mvcc;

/**
 * Where commands go that another instance is to put in order: then its batches don't meet this
 * one's. Any thread, where nothing else is said; must not block.
 */
public interface Forwarding {
  /** Every command is carried out here. */
  Forwarding NONE =
      new Forwarding() {
        @Override
        public boolean take(Proposal<?> proposal) {
          return false;
        }

        @Override
        public void published(long position) {}

        @Override
        public void refuseLate(long nowNanos) {}

        @Override
        public void close() {}
      };

  /**
   * Takes a command over, and answers it some time; or leaves it to this instance.
   *
   * @return whether it was taken
   */
  boolean take(Proposal<?> proposal);

  /** The index is published at a position of the log. On the sequencer's thread. */
  void published(long position);

  /** Refuses those whose time is over at a time; called by the timer, every tenth of a second. */
  void refuseLate(long nowNanos);

  /** Answers all that were taken "server stopped", and takes no more. */
  void close();
}
