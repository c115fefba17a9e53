/** Leases: what is attached to them, when they end, and their service. */
@NullMarked
package dev.rowan.lease;

import org.jspecify.annotations.NullMarked;
