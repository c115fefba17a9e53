/** Random histories from a seed, run in lockstep against two servers. */
@NullMarked
package dev.rowan.it.history;

import org.jspecify.annotations.NullMarked;
