/** The KV service: ranges, puts, deletions, transactions, compaction. */
@NullMarked
package dev.rowan.kv;

import org.jspecify.annotations.NullMarked;
