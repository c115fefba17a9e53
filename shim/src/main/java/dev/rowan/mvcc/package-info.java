/** The revisions in memory, and the one order in which they are written. */
@NullMarked
package dev.rowan.mvcc;

import org.jspecify.annotations.NullMarked;
