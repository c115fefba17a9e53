package dev.rowan.http;

import io.netty.util.concurrent.EventExecutor;

/**
 * Where the answer to an {@link Exchange} goes: an HTTP response, or messages of a WebSocket. All
 * but {@link #loop} are for that event loop alone.
 */
interface Responder {
  EventExecutor loop();

  /** Answers at once and wholly. */
  void whole(Answer answer);

  /** Sends one line of a streamed answer, without its end of line. The first begins the answer. */
  void line(String json);

  /** Ends a streamed answer. */
  void end();

  /** Whether the client takes what is sent; while it does not, nothing more should be. */
  boolean writable();

  /** Lets the next piece of the request's body come. */
  void more();
}
