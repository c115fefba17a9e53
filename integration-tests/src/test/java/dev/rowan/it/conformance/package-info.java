/** The same requests against two servers, and their answers compared as text. */
@NullMarked
package dev.rowan.it.conformance;

import org.jspecify.annotations.NullMarked;
