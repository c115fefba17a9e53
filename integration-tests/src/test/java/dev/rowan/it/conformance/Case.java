package dev.rowan.it.conformance;

/**
 * One case of the contract.
 *
 * @param name the rules' ids, and what they say
 * @param script the requests, the same for every server
 */
public record Case(String name, Script script) {}
