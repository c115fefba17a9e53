/** The Watch service: one hub an instance, fed by commits in revision order. */
@NullMarked
package dev.rowan.watch;

import org.jspecify.annotations.NullMarked;
