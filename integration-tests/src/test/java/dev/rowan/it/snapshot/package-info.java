/** Snapshots between etcd and Rowan, both ways, with etcd's own tools. */
@NullMarked
package dev.rowan.it.snapshot;

import org.jspecify.annotations.NullMarked;
