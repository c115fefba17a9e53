package dev.rowan.it.conformance;

/** What a case does to one side. */
@FunctionalInterface
public interface Script {
  /** Sends the case's requests, each of which is written down with its answer. */
  void run(Side side) throws Exception;
}
