/**
 * Files in the format of bbolt, the store of etcd: written in one pass from sorted input, and read
 * with every bound checked.
 */
@NullMarked
package dev.rowan.snapshot.bolt;

import org.jspecify.annotations.NullMarked;
