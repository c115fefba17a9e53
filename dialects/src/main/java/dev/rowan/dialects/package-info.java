/**
 * The revision log and the databases that hold it. All SQL of the product lives here; nothing here
 * knows etcd.
 */
@NullMarked
package dev.rowan.dialects;

import org.jspecify.annotations.NullMarked;
