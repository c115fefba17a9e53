package dev.rowan.it.linearizability;

import java.util.List;

/**
 * What is tested: instances that serve one store, which is empty, and what can happen to them.
 *
 * @param stop ends all of its processes
 */
record Subject(List<Instance> instances, List<Fault> faults, Runnable stop)
    implements AutoCloseable {
  @Override
  public void close() {
    stop.run();
  }
}
