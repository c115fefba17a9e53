/** HTTP beside gRPC: the metrics listener. */
@NullMarked
package dev.rowan.http;

import org.jspecify.annotations.NullMarked;
