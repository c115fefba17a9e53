/** Several instances over one database. */
@NullMarked
package dev.rowan.it.instances;

import org.jspecify.annotations.NullMarked;
