package dev.rowan.tracing;

import org.jspecify.annotations.Nullable;

/**
 * Which calls are followed, and where their spans go.
 *
 * @param collector host:port of who takes OTLP over gRPC, without TLS
 * @param serviceName as which all instances show
 * @param instanceId as which this one does; null for none
 * @param samplingRate of a million calls, those that are followed though their caller does not say;
 *     a call whose caller follows it always is, and one whose caller decided against it never
 */
public record TracingConfig(
    String collector, String serviceName, @Nullable String instanceId, int samplingRate) {
  /** {@link #samplingRate} for all. */
  public static final int ALL = 1_000_000;
}
