/** Every error of etcd's API, with its gRPC code and exact text. */
@NullMarked
package dev.rowan.error;

import org.jspecify.annotations.NullMarked;
