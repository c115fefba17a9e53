/** TLS for clients: certificates, keys, who may connect, and taking up files that change. */
@NullMarked
package dev.rowan.tls;

import org.jspecify.annotations.NullMarked;
