/**
 * A Java agent for servers under test: their clock is set, and their disk made slow, from outside.
 */
@NullMarked
package dev.rowan.it.agent;

import org.jspecify.annotations.NullMarked;
