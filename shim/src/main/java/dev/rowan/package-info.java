/** The server's outer shell: its options, its start and stop, and the wiring of its parts. */
@NullMarked
package dev.rowan;

import org.jspecify.annotations.NullMarked;
