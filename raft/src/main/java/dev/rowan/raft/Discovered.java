package dev.rowan.raft;

import com.google.protobuf.ByteString;

/**
 * Who is at an address.
 *
 * @param description what its {@link PeerCalls#describe} gave
 */
public record Discovered(long clusterId, long memberId, ByteString description) {}
