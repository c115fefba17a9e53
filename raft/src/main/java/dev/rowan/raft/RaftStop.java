package dev.rowan.raft;

/** Why a member no longer takes part. */
public sealed interface RaftStop {
  /** It was closed. */
  record Closed() implements RaftStop {}

  /** The others removed it. Its id cannot come back; its folder is of no more use. */
  record Removed() implements RaftStop {}

  /** It cannot go on: its disk or its state machine failed. The process should end. */
  record Failed(Throwable cause) implements RaftStop {}
}
