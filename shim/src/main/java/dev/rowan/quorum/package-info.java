/** A log that several members keep the same, each in its own file, by agreeing on its batches. */
@NullMarked
package dev.rowan.quorum;

import org.jspecify.annotations.NullMarked;
