/** Deletes what compaction made unreadable. */
@NullMarked
package dev.rowan.compaction;

import org.jspecify.annotations.NullMarked;
