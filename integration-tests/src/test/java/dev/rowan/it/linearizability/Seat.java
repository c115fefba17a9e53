package dev.rowan.it.linearizability;

import dev.rowan.it.Server;

/**
 * Where a member of a quorum is: at the same ports whoever it is.
 *
 * @param number from 0
 * @param port where clients reach it
 * @param listen the port where it listens for other members
 * @param peerUrl under which the others know it
 */
record Seat(int number, int port, int listen, String peerUrl) {
  /** Starts members there. */
  @FunctionalInterface
  interface Start {
    /**
     * Starts one with an empty folder; returns at once.
     *
     * @param cluster all members, as in --initial-cluster
     * @param state new or existing, as in --initial-cluster-state
     */
    Server member(Seat seat, String cluster, String state);
  }

  String name() {
    return "m" + number;
  }

  /** As in --initial-cluster. */
  String listed() {
    return name() + "=" + peerUrl;
  }
}
