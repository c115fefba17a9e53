/** The fixed cases: each rule of etcd's contract as requests whose answers must be equal. */
@NullMarked
package dev.rowan.it.cases;

import org.jspecify.annotations.NullMarked;
