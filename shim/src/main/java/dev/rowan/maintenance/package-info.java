/** The Maintenance service: alarms, the quota, hashes, defragmenting. */
@NullMarked
package dev.rowan.maintenance;

import org.jspecify.annotations.NullMarked;
