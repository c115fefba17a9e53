/**
 * Concurrent clients of several instances while these fail: what they were told, and what watchers
 * saw, held against one order of all writes. It knows ports and faults only, so it judges any
 * server of etcd's API.
 */
@NullMarked
package dev.rowan.it.linearizability;

import org.jspecify.annotations.NullMarked;
