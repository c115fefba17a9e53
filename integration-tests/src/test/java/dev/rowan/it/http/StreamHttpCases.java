package dev.rowan.it.http;

import static dev.rowan.it.http.KvHttpCases.b64;
import static dev.rowan.it.http.KvHttpCases.key;
import static dev.rowan.it.http.KvHttpCases.keyValue;

import com.google.gson.JsonParser;
import java.net.URI;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** H-5, H-6: calls of many answers. */
final class StreamHttpCases {
  private StreamHttpCases() {}

  static List<HttpCase> cases() {
    return List.of(
        new HttpCase("H-6 a watch of the past, and one that waits", StreamHttpCases::watch),
        new HttpCase("H-6 a body of several messages", StreamHttpCases::several),
        new HttpCase("H-6 keepalives", StreamHttpCases::keepAlives),
        new HttpCase("H-6 a WebSocket", StreamHttpCases::webSocket));
  }

  private static String create(String key, String more) {
    return "{\"create_request\":{\"key\":\"" + b64(key) + "\"" + more + "}}";
  }

  private static void watch(HttpSide s) {
    String answer = s.post("/v3/kv/put", keyValue("w", "1"));
    long revision =
        JsonParser.parseString(answer)
            .getAsJsonObject()
            .getAsJsonObject("header")
            .get("revision")
            .getAsLong();
    s.post("/v3/kv/put", keyValue("w", "2"));
    s.post("/v3/kv/deleterange", key("w"));
    String from = ",\"start_revision\":\"" + revision + "\"";
    s.stream("/v3/watch", create("w", from), 2);
    s.stream("/v3/watch", create("w", from + ",\"prev_kv\":true,\"watch_id\":\"7\""), 2);
    s.stream("/v3/watch", create("w", from + ",\"filters\":[\"NOPUT\"]"), 2);
    s.stream("/v3/watch", create("w", from + ",\"filters\":[1]"), 2);
    s.stream("/v3beta/watch", create("w", ""), 1);
    s.stream("/v3/watch", create("w", ",\"range_end\":\"" + b64("a") + "\""), 1);
  }

  private static void several(HttpSide s) {
    String second = create("x", ",\"watch_id\":9");
    s.stream("/v3/watch", create("w", "") + second + "\n{\"cancel_request\":{\"watch_id\":9}}", 3);
  }

  private static void keepAlives(HttpSide s) {
    String granted = s.post("/v3/lease/grant", "{\"TTL\":500}");
    s.steps().removeLast();
    String leaseId = JsonParser.parseString(granted).getAsJsonObject().get("ID").getAsString();
    s.maskLease(leaseId);
    s.stream("/v3/lease/keepalive", "{\"ID\":\"" + leaseId + "\"}", 2);
    s.stream("/v3/lease/keepalive", "{\"ID\":\"" + leaseId + "\"}{\"ID\":\"12345\"}", 3);
    s.stream("/v3/lease/keepalive", "", 1);
    s.post("/v3/lease/revoke", "{\"ID\":\"" + leaseId + "\"}");
  }

  private static void webSocket(HttpSide s) {
    var lines = new Lines();
    URI http = s.uri("/v3/watch");
    URI uri = URI.create("ws" + http.toString().substring("http".length()));
    WebSocket socket =
        HttpSide.await(
            s.client().newWebSocketBuilder().subprotocols("Bearer", "x").buildAsync(uri, lines));
    s.note("protocol", socket.getSubprotocol());
    HttpSide.await(socket.sendText(create("ws", ""), true));
    s.note("created", s.masked(lines.next()));
    s.post("/v3/kv/put", keyValue("ws", "1"));
    s.note("event", s.masked(lines.next()));
    HttpSide.await(socket.sendText("{\"cancel_request\":{}}", true));
    s.note("cancelled", s.masked(lines.next()));
    socket.abort();

    var none = new Lines();
    URI nothing = uri.resolve("/v3/nothing");
    WebSocket unknown = HttpSide.await(s.client().newWebSocketBuilder().buildAsync(nothing, none));
    s.note("nothing", s.masked(none.next()));
    unknown.abort();
  }

  /** The text messages that came. */
  private static final class Lines implements WebSocket.Listener {
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        lines.add(text.toString());
        text.setLength(0);
      }
      socket.request(1);
      return null;
    }

    String next() {
      return HttpSide.await(
          CompletableFuture.supplyAsync(() -> {
            try {
              return String.valueOf(lines.poll(20, TimeUnit.SECONDS));
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
              throw new IllegalStateException(e);
            }
          }));
    }
  }
}
