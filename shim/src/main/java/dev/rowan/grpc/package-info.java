/** The port that clients reach over gRPC. */
@NullMarked
package dev.rowan.grpc;

import org.jspecify.annotations.NullMarked;
