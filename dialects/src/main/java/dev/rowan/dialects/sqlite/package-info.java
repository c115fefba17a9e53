/** The revision log in one SQLite file, with one process that opens it. */
@NullMarked
package dev.rowan.dialects.sqlite;

import org.jspecify.annotations.NullMarked;
