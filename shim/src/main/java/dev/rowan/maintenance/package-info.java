/** The Maintenance service. */
@NullMarked
package dev.rowan.maintenance;

import org.jspecify.annotations.NullMarked;
