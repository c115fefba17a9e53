/** The key index: every kept revision of every key, in memory, as a tree that readers share. */
@NullMarked
package dev.rowan.mvcc.index;

import org.jspecify.annotations.NullMarked;
