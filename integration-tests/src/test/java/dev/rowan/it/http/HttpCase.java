package dev.rowan.it.http;

import java.util.function.Consumer;

/**
 * One case of the contract over HTTP.
 *
 * @param name the rules' ids, and what they say
 * @param script the requests, the same for every server
 */
record HttpCase(String name, Consumer<HttpSide> script) {}
