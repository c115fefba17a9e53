/** Stores that are moved: from an etcd that runs, from kine's table, between databases. */
@NullMarked
package dev.rowan.moving;

import org.jspecify.annotations.NullMarked;
