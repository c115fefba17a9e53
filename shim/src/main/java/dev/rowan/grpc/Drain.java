package dev.rowan.grpc;

/** Told to a connection that speaks HTTP: it closes once it has answered what it is at. */
public record Drain() {}
