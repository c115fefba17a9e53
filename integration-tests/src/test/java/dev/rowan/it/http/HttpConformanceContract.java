package dev.rowan.it.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rowan.it.Etcd;
import dev.rowan.it.Server;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/**
 * Every case over HTTP, against a real etcd and the server that a subclass starts. Both start empty
 * and get the same requests, so that they go through the same revisions.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class HttpConformanceContract {
  private static final List<List<HttpCase>> CASES =
      List.of(PageCases.cases(), KvHttpCases.cases(), JsonCases.cases(), StreamHttpCases.cases());

  private Server oracle;
  private Server subject;

  /** Starts the server under test, empty. */
  abstract Server startSubject();

  /** Starts what it is compared with, empty. */
  Server startOracle() {
    return Etcd.start();
  }

  /** The port on which it serves HTTP. */
  abstract int httpPort(Server subject);

  @BeforeAll
  void start() {
    oracle = startOracle();
    subject = startSubject();
  }

  @AfterAll
  void stop() {
    oracle.close();
    subject.close();
  }

  @TestFactory
  Stream<DynamicTest> everyAnswerEqualsEtcds() {
    return CASES.stream()
        .flatMap(List::stream)
        .map(one -> DynamicTest.dynamicTest(one.name(), () -> run(one)));
  }

  private void run(HttpCase one) {
    try (HttpSide expected = new HttpSide(oracle.port());
        HttpSide actual = new HttpSide(httpPort(subject))) {
      one.script().accept(expected);
      one.script().accept(actual);

      assertThat(actual.steps()).isEqualTo(expected.steps()).isNotEmpty();
    }
  }
}
