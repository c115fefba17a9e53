/** Snapshots: a store as a file of etcd's, and back. */
@NullMarked
package dev.rowan.snapshot;

import org.jspecify.annotations.NullMarked;
