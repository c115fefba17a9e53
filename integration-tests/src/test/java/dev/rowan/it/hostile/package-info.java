/** Clients that mean harm: others are served, and the memory stays bounded. */
@NullMarked
package dev.rowan.it.hostile;

import org.jspecify.annotations.NullMarked;
