/**
 * Makes what users install: a distribution as a tar, and an image of it for containers. It runs at
 * the build, for the architecture that builds.
 */
@NullMarked
package dev.rowan.packaging;

import org.jspecify.annotations.NullMarked;
