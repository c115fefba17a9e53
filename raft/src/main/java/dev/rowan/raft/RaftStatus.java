package dev.rowan.raft;

/**
 * What a member knows at a moment; its parts are read one after the other.
 *
 * @param leaderId 0 while no leader is known
 * @param commitIndex up to where this member knows that the order is settled
 * @param lastIndex of this member's log, settled or not
 * @param appliedIndex of this member's state machine
 */
public record RaftStatus(
    long term,
    long leaderId,
    boolean leader,
    boolean learner,
    long commitIndex,
    long lastIndex,
    long appliedIndex) {}
