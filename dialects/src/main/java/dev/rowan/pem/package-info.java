/** Keys and certificates in PEM files, and what Java's TLS makes of them. */
@NullMarked
package dev.rowan.pem;

import org.jspecify.annotations.NullMarked;
