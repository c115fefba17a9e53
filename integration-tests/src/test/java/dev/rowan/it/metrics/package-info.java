/** What servers report of themselves. */
@NullMarked
package dev.rowan.it.metrics;

import org.jspecify.annotations.NullMarked;
