package dev.rowan.maintenance;

/**
 * A hash of the key space (M-5): equal where every kept revision of every key is.
 *
 * @param hash CRC-32C, as an unsigned number
 * @param compactRevision the compaction that it assumes: only hashes with the same one are to be
 *     compared
 * @param revision up to which it goes
 */
public record KvHash(int hash, long compactRevision, long revision) {}
