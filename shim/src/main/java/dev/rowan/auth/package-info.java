/** Users, roles, tokens and permissions, and the Auth service. */
@NullMarked
package dev.rowan.auth;

import org.jspecify.annotations.NullMarked;
