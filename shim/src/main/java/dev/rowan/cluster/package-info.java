/** Who this store and this instance are, and the Cluster service. */
@NullMarked
package dev.rowan.cluster;

import org.jspecify.annotations.NullMarked;
