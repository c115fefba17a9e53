package dev.rowan.it.linearizability;

import dev.rowan.it.Client;
import dev.rowan.it.Server;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One of the servers under test. Clients may connect from any thread; its faults are one thread's.
 */
final class Instance {
  private final int number;
  private final Server server;
  private final AtomicInteger life = new AtomicInteger();
  private final AtomicLong answered = new AtomicLong();

  Instance(int number, Server server) {
    this.number = number;
    this.server = server;
  }

  /** A new client of it. */
  Client client() {
    return server.client();
  }

  /** Which start of which instance this is. */
  String life() {
    return number + "." + life.get();
  }

  /** It has answered a client. */
  void answers() {
    answered.incrementAndGet();
  }

  /** How often it has answered. */
  long answered() {
    return answered.get();
  }

  /** Kills it until it is started again. */
  Fault killed() {
    return new Fault("kill instance " + number, this::kill, server.process()::startAgain);
  }

  private void kill() {
    server.process().kill();
    life.incrementAndGet();
  }

  /** Stops it where it is until it goes on. */
  Fault suspended() {
    return new Fault(
        "suspend instance " + number, server.process()::suspend, server.process()::resume);
  }

  /** Whether its process has not ended by itself. */
  boolean isAlive() {
    return server.process().isAlive();
  }

  @Override
  public String toString() {
    return "instance " + number + ", " + server.folder();
  }
}
