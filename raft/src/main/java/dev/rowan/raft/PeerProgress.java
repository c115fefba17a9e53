package dev.rowan.raft;

import java.time.Duration;

/**
 * How far another member is, as the leader knows it.
 *
 * @param matchIndex up to where it has the leader's log on disk; -1 if that isn't known yet
 * @param sinceContact since it last answered the leader
 */
public record PeerProgress(long peerId, long matchIndex, Duration sinceContact) {}
