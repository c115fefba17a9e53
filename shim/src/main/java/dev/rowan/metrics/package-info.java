/** What Rowan reports of itself to Prometheus. */
@NullMarked
package dev.rowan.metrics;

import org.jspecify.annotations.NullMarked;
