package dev.rowan.metrics;

public final class Metrics {
  public void committed(long nanos, int requests, int rows) {}

  public void conflict() {}

  public void unavailable() {}
}
