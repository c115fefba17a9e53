/**
 * Servers as processes, and clients that speak etcd's API to them: what every integration test
 * stands on.
 */
@NullMarked
package dev.rowan.it;

import org.jspecify.annotations.NullMarked;
