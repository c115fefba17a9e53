/**
 * What is acknowledged, and what watchers saw, held against what is left after crashes and faults.
 */
@NullMarked
package dev.rowan.it.faults;

import org.jspecify.annotations.NullMarked;
