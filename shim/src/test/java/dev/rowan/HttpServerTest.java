package dev.rowan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonParser;
import dev.rowan.http.RawConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** H-1, H-4 to H-6: HTTP for clients, over a whole server. */
class HttpServerTest {
  private static final String HEADER =
      "\"header\":\\{\"cluster_id\":\"\\d+\",\"member_id\":\"\\d+\","
          + "\"revision\":\"(\\d+)\",\"raft_term\":\"\\d+\"\\}";

  @TempDir Path folder;
  private final HttpClient client = HttpClient.newHttpClient();
  private Server server;

  @BeforeEach
  void start() throws Exception {
    server = start("--cors=https://pages.example", "--host-whitelist=127.0.0.1,rowan.example");
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private Server start(String... flags) throws Exception {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--data-dir=" + folder.resolve("data"),
                "--listen-client-urls=http://127.0.0.1:0",
                "--unsafe-no-fsync"));
    all.addAll(List.of(flags));
    var serve = (Request.Serve) CommandLine.parse(all, Map.of(), false);
    return Server.start(serve.config());
  }

  @Test
  void callsAnswerJson() throws Exception {
    HttpResponse<String> put = post("/v3/kv/put", "{\"key\":\"Zm9v\",\"value\":\"YmFy\"}");

    assertThat(put.statusCode()).isEqualTo(200);
    assertThat(put.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(put.headers().firstValue("Grpc-Metadata-Content-Type")).contains("application/grpc");
    assertThat(put.body()).matches("\\{" + HEADER + "\\}");
    for (String path : List.of("/v3/kv/range", "/v3beta/kv/range")) {
      assertThat(post(path, "{\"key\":\"Zm9v\"}").body())
          .matches(
              "\\{"
                  + HEADER
                  + ",\"kvs\":\\[\\{\"key\":\"Zm9v\",\"create_revision\":\"2\","
                  + "\"mod_revision\":\"2\",\"version\":\"1\",\"value\":\"YmFy\"\\}\\],"
                  + "\"count\":\"1\"\\}");
    }
  }

  @Test
  void errorsAreThoseOfGrpcWithAStatusOfHttp() throws Exception {
    assertError(post("/v3/kv/put", ""), 400, 3, "etcdserver: key is not provided");
    assertError(
        post("/v3/kv/put", "{\"key\":\"YQ==\",\"lease\":5}"),
        404,
        5,
        "etcdserver: requested lease not found");
    assertError(
        post("/v3/kv/range", "{\"key\":\"YQ==\",\"revision\":\"99\"}"),
        400,
        11,
        "etcdserver: mvcc: required revision is a future revision");
    assertError(post("/v3/kv/put", "{\"key\":\"YQ==\""), 400, 3, "unexpected EOF");
    assertError(post("/v3/kv/nothing", "{}"), 404, 5, "Not Found");
    assertError(send("GET", "/v3/kv/range", ""), 501, 12, "Method Not Allowed");
    HttpRequest late =
        request("/v3/kv/range").header("Grpc-Timeout", "xx").POST(body("{}")).build();
    assertError(
        client.send(late, HttpResponse.BodyHandlers.ofString()),
        400,
        3,
        "invalid grpc-timeout: xx");
  }

  private static void assertError(HttpResponse<String> answer, int status, int code, String text) {
    assertThat(answer.statusCode()).isEqualTo(status);
    var error = JsonParser.parseString(answer.body()).getAsJsonObject();
    assertThat(error.get("code").getAsInt()).isEqualTo(code);
    assertThat(error.get("message").getAsString()).isEqualTo(text);
  }

  /** C-9, in the order of sizes: the request's limit, the message's, the body's. */
  @Test
  void whatIsTooLargeIsRefusedAndTheConnectionGoesOn() throws Exception {
    assertError(post("/v3/kv/put", put(1_600_000)), 400, 3, "etcdserver: request is too large");
    assertError(
        post("/v3/kv/put", put(3_000_000)),
        429,
        8,
        "grpc: received message larger than max (3000008 vs. 2097152)");
    assertError(
        post("/v3/kv/put", put(30_000_000)),
        429,
        8,
        "a message of the request's body is larger than 8388608 bytes");
    assertThat(post("/v3/kv/put", put(1_000_000)).statusCode()).isEqualTo(200);
  }

  private static String put(int bytes) {
    String value = Base64.getEncoder().encodeToString(new byte[bytes]);
    return "{\"key\":\"YQ==\",\"value\":\"" + value + "\"}";
  }

  @Test
  void largeAnswersAreWhole() throws Exception {
    assertThat(post("/v3/kv/put", put(1_000_000)).statusCode()).isEqualTo(200);

    String answer = post("/v3/kv/range", "{\"key\":\"YQ==\"}").body();

    assertThat(answer)
        .contains("\"value\":\"" + "A".repeat(1_333_333))
        .endsWith("\"count\":\"1\"}");
  }

  @Test
  void aWatchGoesOnAfterItsRequest() throws Exception {
    try (var watch = connect()) {
      watch.send(chunkedHead("/v3/watch")).send(chunk("{\"create_request\":{\"key\":\"Zm9v\"}}"));
      watch.readUntil("\"created\":true}}\n\r\n");
      watch.send("0\r\n\r\n");

      post("/v3/kv/put", "{\"key\":\"Zm9v\",\"value\":\"MQ==\"}");

      assertThat(watch.readUntil("}]}}\n\r\n")).contains("\"events\":[{\"kv\":{\"key\":\"Zm9v\"");
    }
  }

  @Test
  void messagesOfAStreamAreAnsweredAsTheyCome() throws Exception {
    post("/v3/lease/grant", "{\"ID\":7,\"TTL\":100}");
    try (var keepAlive = connect()) {
      keepAlive.send(chunkedHead("/v3/lease/keepalive"));
      for (int i = 0; i < 3; i++) {
        keepAlive.send(chunk("{\"ID\":")).send(chunk("7}"));
        assertThat(keepAlive.readUntil("}}\n\r\n")).contains("\"ID\":\"7\",\"TTL\":\"100\"}");
      }
      keepAlive.send("0\r\n\r\n").readUntil("0\r\n\r\n");

      // The connection is ready for the next request.
      keepAlive.send("GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").readUntil("ok\n");
    }
  }

  @Test
  void aStreamWithoutAMessageIsEmpty() throws Exception {
    HttpResponse<String> answer = post("/v3/lease/keepalive", "");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEmpty();
  }

  @Test
  void aMessageOfAStreamThatIsNotJsonEndsIt() throws Exception {
    assertThat(post("/v3/watch", "{\"create_request\":{").statusCode()).isEqualTo(400);
    try (var watch = connect()) {
      watch.send(chunkedHead("/v3/watch")).send(chunk("{\"create_request\":{\"key\":\"Zm9v\"}}"));
      watch.readUntil("\"created\":true}}\n\r\n");

      assertThat(watch.send(chunk("xyz")).readUntil("0\r\n\r\n"))
          .contains("{\"error\":{\"code\":3");
    }
  }

  /** The watcher falls behind instead of filling memory, and gets everything in the end. */
  @Test
  void aStreamThatIsNotReadHoldsNothingUp() throws Exception {
    int puts = 100;
    try (var watch = connect()) {
      String create = "{\"create_request\":{\"key\":\"YQ==\"}}";
      watch.send(chunkedHead("/v3/watch")).send(chunk(create) + "0\r\n\r\n");
      watch.readUntil("\"created\":true}}\n\r\n");
      for (int i = 0; i < puts; i++) {
        assertThat(post("/v3/kv/put", put(200_000)).statusCode()).isEqualTo(200);
      }

      String events = watch.readUntil("\"version\":\"" + puts + "\",");

      assertThat(events.split("\"mod_revision\"", -1)).hasSize(puts + 1);
    }
  }

  @Test
  void aConnectionThatClosesEndsItsCall() throws Exception {
    try (var watch = connect()) {
      watch.send(chunkedHead("/v3/watch")).send(chunk("{\"create_request\":{\"key\":\"YQ==\"}}"));
      watch.readUntil("\"created\":true}}\n\r\n");
      await().untilAsserted(() -> assertWatchers(1));
    }

    await().untilAsserted(() -> assertWatchers(0));
  }

  private void assertWatchers(int watchers) throws Exception {
    assertThat(send("GET", "/metrics", "").body())
        .contains("\nrowan_watchers " + watchers + ".0\n");
  }

  @Test
  void aWebSocketCarriesAStream() throws Exception {
    var lines = new Lines();
    URI uri = URI.create("ws://127.0.0.1:" + address().getPort() + "/v3/watch");
    WebSocket socket =
        client
            .newWebSocketBuilder()
            .subprotocols("Bearer", "token")
            .buildAsync(uri, lines)
            .get(20, TimeUnit.SECONDS);
    assertThat(socket.getSubprotocol()).isEqualTo("Bearer");
    socket.sendText("{\"create_request\":", false).get(20, TimeUnit.SECONDS);
    socket.sendText("{\"key\":\"Zm9v\"}}", true).get(20, TimeUnit.SECONDS);
    assertThat(lines.next()).contains("\"created\":true");

    post("/v3/kv/put", "{\"key\":\"Zm9v\"}");

    assertThat(lines.next()).startsWith("{\"result\":{").contains("\"events\":[{");
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(20, TimeUnit.SECONDS);
    assertThat(lines.next()).isEqualTo("closed 1000");
  }

  @Test
  void aWebSocketOfOneCallEndsWithItsAnswer() throws Exception {
    var answer = new Lines();
    URI uri = URI.create("ws://127.0.0.1:" + address().getPort());
    client
        .newWebSocketBuilder()
        .buildAsync(uri.resolve("/v3/kv/range"), answer)
        .get(20, TimeUnit.SECONDS)
        .sendText("{\"key\":\"Zm9v\"}", true)
        .get(20, TimeUnit.SECONDS);
    assertThat(answer.next()).matches("\\{" + HEADER + "\\}");
    assertThat(answer.next()).isEqualTo("closed 1000");

    var none = new Lines();
    client
        .newWebSocketBuilder()
        .buildAsync(uri.resolve("/v3/nothing"), none)
        .get(20, TimeUnit.SECONDS);
    assertThat(none.next()).isEqualTo("{\"code\":5,\"message\":\"Not Found\"}");
    assertThat(none.next()).isEqualTo("closed 1000");
  }

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

    @Override
    public @Nullable CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
      lines.add("closed " + code);
      return null;
    }

    String next() throws InterruptedException {
      return String.valueOf(lines.poll(20, TimeUnit.SECONDS));
    }
  }

  /** H-1. */
  @Test
  void pagesOfTheListedOriginsMayReadAnswers() throws Exception {
    HttpRequest.Builder options =
        request("/v3/kv/range").method("OPTIONS", HttpRequest.BodyPublishers.noBody());
    HttpResponse<String> allowed =
        client.send(
            options.copy().header("Origin", "https://pages.example").build(),
            HttpResponse.BodyHandlers.ofString());
    HttpResponse<String> other =
        client.send(
            options.header("Origin", "https://other.example").build(),
            HttpResponse.BodyHandlers.ofString());

    assertThat(allowed.statusCode()).isEqualTo(200);
    assertThat(allowed.headers().firstValue("Access-Control-Allow-Origin"))
        .contains("https://pages.example");
    assertThat(allowed.headers().firstValue("Access-Control-Allow-Methods"))
        .contains("POST, GET, OPTIONS, PUT, DELETE");
    assertThat(allowed.headers().firstValue("Access-Control-Allow-Headers"))
        .contains("accept, content-type, authorization");
    assertThat(other.statusCode()).isEqualTo(200);
    assertThat(other.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  /** H-1. */
  @Test
  void hostsThatAreNotListedAreMisdirected() throws Exception {
    assertThat(statusFor("evil.example")).startsWith("HTTP/1.1 421 ");
    assertThat(statusFor("evil.example:80")).startsWith("HTTP/1.1 421 ");
    assertThat(statusFor("rowan.example:2379")).startsWith("HTTP/1.1 200 ");
    assertThat(statusFor("127.0.0.1")).startsWith("HTTP/1.1 200 ");
  }

  private String statusFor(String host) throws Exception {
    try (var connection = connect()) {
      return connection
          .send("GET /livez HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
          .readUntil("\r\n\r\n");
    }
  }

  /** H-4. */
  @Test
  void versionsAreEtcds() throws Exception {
    assertThat(send("GET", "/version", "").body())
        .isEqualTo("{\"etcdserver\":\"3.7.3\",\"etcdcluster\":\"3.7.0\",\"storage\":\"3.7.0\"}");
    assertThat(send("GET", "/debug/vars", "").body())
        .contains("\"memstats\":{", "\"raft.status\":{\"id\":\"", "\"raftState\":\"StateLeader\"");
    assertThat(send("GET", "/debug/pprof/", "").statusCode()).isEqualTo(404);
  }

  @Test
  void theGatewayMayBeOff() throws Exception {
    server.close();
    server = start("--enable-grpc-gateway=false");

    assertThat(post("/v3/kv/range", "{}").body()).isEqualTo("404 page not found\n");
    assertThat(send("GET", "/livez", "").statusCode()).isEqualTo(200);
  }

  private InetSocketAddress address() {
    URI url = server.clientUrls().getFirst();
    return new InetSocketAddress(url.getHost(), url.getPort());
  }

  private RawConnection connect() throws Exception {
    return new RawConnection(address());
  }

  private static String chunkedHead(String path) {
    return "POST " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  }

  private static String chunk(String text) {
    return Integer.toHexString(text.length()) + "\r\n" + text + "\r\n";
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + address().getPort() + path))
        .timeout(Duration.ofSeconds(60));
  }

  private static HttpRequest.BodyPublisher body(String text) {
    return HttpRequest.BodyPublishers.ofString(text);
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return send("POST", path, body);
  }

  private HttpResponse<String> send(String method, String path, String body) throws Exception {
    return client.send(
        request(path).method(method, body(body)).build(), HttpResponse.BodyHandlers.ofString());
  }
}
