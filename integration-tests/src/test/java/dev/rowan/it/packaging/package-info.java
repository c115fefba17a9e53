/** What users install: the distribution and the image, unpacked and run. */
@NullMarked
package dev.rowan.it.packaging;

import org.jspecify.annotations.NullMarked;
