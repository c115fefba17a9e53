package dev.rowan.http;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request for a page. Its body is read to the end, so that the connection can go on, and lost.
 */
final class PageExchange implements Exchange {
  private static final Logger log = LoggerFactory.getLogger(PageExchange.class);

  private final Page page;
  private final Map<String, List<String>> query;
  private final Responder responder;
  private boolean gone;

  PageExchange(Page page, Map<String, List<String>> query, Responder responder) {
    this.page = page;
    this.query = query;
    this.responder = responder;
  }

  /** An exchange whose answer is known. */
  static PageExchange of(Answer answer, Responder responder) {
    return new PageExchange((query, reply) -> reply.accept(answer), Map.of(), responder);
  }

  @Override
  public void body(ByteBuf piece) {
    responder.more();
  }

  @Override
  public void bodyEnd() {
    Consumer<Answer> reply = answer -> responder.loop().execute(() -> send(answer));
    try {
      page.answer(query, reply);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("a page failed");
      send(Answer.error(HttpResponseStatus.INTERNAL_SERVER_ERROR, "Internal Server Error"));
    }
  }

  private void send(Answer answer) {
    if (!gone) {
      responder.whole(answer);
    }
  }

  @Override
  public void writable() {}

  @Override
  public void gone() {
    gone = true;
  }
}
