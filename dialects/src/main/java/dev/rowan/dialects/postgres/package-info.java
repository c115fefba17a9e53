/** The revision log in a PostgreSQL database, with any number of instances that append to it. */
@NullMarked
package dev.rowan.dialects.postgres;

import org.jspecify.annotations.NullMarked;
