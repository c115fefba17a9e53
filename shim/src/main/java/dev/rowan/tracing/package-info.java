/** Follows calls through the server as OpenTelemetry's spans, where that is asked for. */
@NullMarked
package dev.rowan.tracing;

import org.jspecify.annotations.NullMarked;
