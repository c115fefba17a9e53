package dev.rowan.it.linearizability;

import dev.rowan.it.Client;
import dev.rowan.it.Server;
import dev.rowan.proto.etcdserverpb.StatusRequest;
import dev.rowan.proto.etcdserverpb.StatusResponse;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One of the servers under test. Clients may connect from any thread; its faults are one thread's.
 */
final class Instance {
  private static final Duration STATUS_MAX = Duration.ofSeconds(2);

  private final int number;
  private final AtomicInteger life = new AtomicInteger();
  private final AtomicLong answered = new AtomicLong();
  private volatile Server server;

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

  /** The server that it is now. */
  Server server() {
    return server;
  }

  /** Another server takes its place, at the same port for clients; the one before has ended. */
  void become(Server other) {
    server = other;
    life.incrementAndGet();
  }

  /** It has answered a client what takes the whole store to answer. */
  void answers() {
    answered.incrementAndGet();
  }

  /** How often it has answered. */
  long answered() {
    return answered.get();
  }

  /** What it says of itself; nothing if it doesn't, or not soon. */
  Optional<StatusResponse> status() {
    try (Client client = client()) {
      return Optional.of(
          client
              .maintenance()
              .withDeadlineAfter(STATUS_MAX.toMillis(), TimeUnit.MILLISECONDS)
              .status(StatusRequest.getDefaultInstance()));
    } catch (StatusRuntimeException e) {
      return Optional.empty();
    }
  }

  /** What time it has, as its answers over HTTP say. */
  Instant date() {
    URI page = URI.create("http://127.0.0.1:" + server.port() + "/version");
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<Void> response =
          http.send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.discarding());
      String date = response.headers().firstValue("Date").orElseThrow();
      return Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Kills it until it is started again. */
  Fault killed() {
    return new Fault("kill instance " + number, this::kill, () -> server.process().startAgain());
  }

  private void kill() {
    server.process().kill();
    life.incrementAndGet();
  }

  /** Stops it where it is until it goes on. */
  Fault suspended() {
    return new Fault(
        "suspend instance " + number,
        () -> server.process().suspend(),
        () -> server.process().resume());
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
