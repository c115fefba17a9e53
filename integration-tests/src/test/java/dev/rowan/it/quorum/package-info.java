/** Members of a quorum, beside etcd's. */
@NullMarked
package dev.rowan.it.quorum;

import org.jspecify.annotations.NullMarked;
