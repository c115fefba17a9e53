/** HTTP against a real etcd: pages and the JSON gateway. */
@NullMarked
package dev.rowan.it.http;

import org.jspecify.annotations.NullMarked;
