/** HTTP/1.1 beside gRPC: pages such as /health and /metrics, and the JSON gateway. */
@NullMarked
package dev.rowan.http;

import org.jspecify.annotations.NullMarked;
