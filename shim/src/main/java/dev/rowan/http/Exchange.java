package dev.rowan.http;

import io.netty.buffer.ByteBuf;

/**
 * One request on its way to its answer. Called by its connection, on that connection's event loop
 * only. After each piece of the body it asks for the next with {@link Responder#more}, once it has
 * room for it.
 */
interface Exchange {
  /** The next piece of the request's body, which is not kept after the call. */
  void body(ByteBuf piece);

  /** The request is complete. */
  void bodyEnd();

  /** The connection takes more of the answer again. */
  void writable();

  /** The connection is gone: nothing can be answered any more. */
  void gone();
}
