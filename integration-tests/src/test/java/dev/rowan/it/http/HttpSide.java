package dev.rowan.it.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import com.google.gson.JsonSyntaxException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/**
 * One server under comparison: sends requests over HTTP and writes down each with its answer. JSON
 * is written without the space between its parts, of which etcd puts more or less from build to
 * build; the order of its fields shows. Masked is what no two servers share. Not thread-safe.
 */
final class HttpSide implements AutoCloseable {
  private static final Duration ANSWER_MAX = Duration.ofSeconds(30);

  private static final List<String> HEADERS =
      List.of(
          "content-type",
          "allow",
          "access-control-allow-origin",
          "access-control-allow-methods",
          "access-control-allow-headers",
          "grpc-metadata-content-type",
          "x-content-type-options",
          "www-authenticate");

  private static final Set<String> MASKED = Set.of("cluster_id", "member_id", "raft_term");

  private final HttpClient client = HttpClient.newHttpClient();
  private final String base;
  private final List<String> steps = new ArrayList<>();
  private final Map<String, String> chosenLeases = new HashMap<>();

  HttpSide(int port) {
    base = "http://127.0.0.1:" + port;
  }

  URI uri(String path) {
    return URI.create(base + path);
  }

  HttpClient client() {
    return client;
  }

  /** What was written down, each step a request and its answer. */
  List<String> steps() {
    return steps;
  }

  void note(String request, String answer) {
    steps.add(request + "\n    -> " + answer);
  }

  /** From now on this id, which the server chose, shows as a number in order of appearance. */
  void maskLease(String leaseId) {
    chosenLeases.putIfAbsent(leaseId, "#" + (chosenLeases.size() + 1));
  }

  /** Posts JSON, and writes down the whole answer; returns its body. */
  String post(String path, String json, String... headers) {
    return send("POST", path, json, headers);
  }

  /** Sends a request, and writes down the whole answer; returns its body. */
  String send(String method, String path, String body, String... headers) {
    HttpResponse<String> answer = answer(method, path, body, headers);
    note(method + " " + path + " " + shortened(masked(body)), text(answer));
    return answer.body();
  }

  /** Posts what is refused in words that are a server's own: the status and the code count. */
  void refused(String path, String json) {
    HttpResponse<String> answer = answer("POST", path, json);
    String code = "no code";
    if (JsonParser.parseString(answer.body()) instanceof JsonObject error && error.has("code")) {
      code = error.get("code").toString();
    }
    note("POST " + path + " " + shortened(json), answer.statusCode() + " code " + code);
  }

  /** Posts, and writes down which fields the answer has at which depth, whatever their values. */
  void shape(String path, String json) {
    HttpResponse<String> answer = answer("POST", path, json);
    note("POST " + path, answer.statusCode() + " " + shape(JsonParser.parseString(answer.body())));
  }

  /** Posts, and writes down the lines of the answer as they come, as many as are awaited. */
  void stream(String path, String json, int lines) {
    HttpRequest request = request("POST", path, json);
    note(
        "stream " + path + " " + masked(json),
        await(
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    HttpResponse<InputStream> answer =
                        client.send(request, HttpResponse.BodyHandlers.ofInputStream());
                    try (var reader =
                        new BufferedReader(
                            new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
                      StringBuilder text = new StringBuilder(head(answer));
                      for (int i = 0; i < lines; i++) {
                        text.append("\n       ").append(masked(String.valueOf(reader.readLine())));
                      }
                      return text.toString();
                    }
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException(e);
                  }
                },
                task -> Thread.ofVirtual().start(task))));
  }

  /** What comes of something, in time. */
  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(ANSWER_MAX.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private HttpResponse<String> answer(String method, String path, String body, String... headers) {
    HttpRequest request = request(method, path, body, headers);
    return await(client.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
  }

  private HttpRequest request(String method, String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path)).method(method, HttpRequest.BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    return request.version(HttpClient.Version.HTTP_1_1).build();
  }

  private String text(HttpResponse<String> answer) {
    return head(answer) + " " + shortened(masked(answer.body()));
  }

  private static String head(HttpResponse<?> answer) {
    return answer.statusCode()
        + HEADERS.stream()
            .filter(name -> answer.headers().firstValue(name).isPresent())
            .map(name -> "; " + name + ": " + answer.headers().firstValue(name).orElseThrow())
            .collect(Collectors.joining());
  }

  private static String shortened(String text) {
    return text.length() <= 2000
        ? text
        : text.substring(0, 200) + "… of " + text.length() + ", hash " + text.hashCode();
  }

  /** One line of JSON in one form; what is no JSON, as it is. */
  String masked(String answer) {
    String text = answer;
    for (Map.Entry<String, String> lease : chosenLeases.entrySet()) {
      text = text.replace('"' + lease.getKey() + '"', '"' + lease.getValue() + '"');
    }
    if (!text.startsWith("{")) {
      return text;
    }
    try {
      String end = text.endsWith("\n") ? "(end of line)" : "";
      return masked(JsonParser.parseString(text)) + end;
    } catch (JsonSyntaxException e) {
      return text;
    }
  }

  private static JsonElement masked(JsonElement json) {
    if (json instanceof JsonArray array) {
      var result = new JsonArray();
      array.forEach(one -> result.add(masked(one)));
      return result;
    }
    if (!(json instanceof JsonObject object)) {
      return json;
    }
    var result = new JsonObject();
    for (Map.Entry<String, JsonElement> field : object.entrySet()) {
      if (MASKED.contains(field.getKey())) {
        result.addProperty(field.getKey(), "(masked)");
      } else {
        result.add(field.getKey(), masked(field.getValue()));
      }
    }
    return result;
  }

  private static String shape(JsonElement json) {
    if (json instanceof JsonArray array) {
      return "[" + (array.isEmpty() ? "" : shape(array.get(0))) + "]";
    }
    if (json instanceof JsonObject object) {
      return object.entrySet().stream()
          .map(field -> field.getKey() + shape(field.getValue()))
          .collect(Collectors.joining(" ", "{", "}"));
    }
    return json instanceof JsonPrimitive value ? (value.isString() ? ":text" : ":plain") : ":null";
  }

  @Override
  public void close() {
    client.shutdownNow();
  }
}
