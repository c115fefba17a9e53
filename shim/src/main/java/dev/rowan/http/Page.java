package dev.rowan.http;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** What a path answers, whatever the body of the request. */
interface Page {
  /**
   * Answers one request. Called on an event loop: must not block.
   *
   * @param query the request's parameters
   * @param reply to be called once, by any thread
   */
  void answer(Map<String, List<String>> query, Consumer<Answer> reply);

  /** Whether other methods than GET are refused. */
  default boolean forGetAlone() {
    return true;
  }
}
