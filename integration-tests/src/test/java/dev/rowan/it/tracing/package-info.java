/** Spans of calls, as a collector gets them. */
@NullMarked
package dev.rowan.it.tracing;

import org.jspecify.annotations.NullMarked;
