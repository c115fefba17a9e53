/** Lock and Election: clients of KV, Lease and Watch that the server offers as services. */
@NullMarked
package dev.rowan.lock;

import org.jspecify.annotations.NullMarked;
