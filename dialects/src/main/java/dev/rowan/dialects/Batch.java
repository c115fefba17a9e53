package dev.rowan.dialects;

import java.util.List;

/**
 * What one transaction appends: rows, changes of meta state, and the head that they lead to.
 *
 * @param token drawn at random for this batch, never 0: it tells whether the batch is in the log
 *     when the connection died during its commit
 * @param expectedPosition position of the head that the batch was evaluated against
 * @param expectedToken token of that head
 * @param revision the head's revision afterwards
 * @param compactRevision the head's compact revision afterwards
 * @param rows in id order; every revision after the present head's, up to {@code revision}
 * @param meta at most one change for each (bucket, id)
 */
public record Batch(
    long token,
    long expectedPosition,
    long expectedToken,
    long revision,
    long compactRevision,
    List<LogRow> rows,
    List<MetaRow> meta) {}
