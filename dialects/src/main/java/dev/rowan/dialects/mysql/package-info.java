/**
 * The revision log in a MySQL or MariaDB database, with any number of instances that append to it.
 */
@NullMarked
package dev.rowan.dialects.mysql;

import org.jspecify.annotations.NullMarked;
