package dev.rowan.it.http;

import java.util.List;
import java.util.stream.Collectors;

/** H-1 to H-4: what is no call. */
final class PageCases {
  private PageCases() {}

  static List<HttpCase> cases() {
    return List.of(
        new HttpCase("H-2 health", PageCases::health),
        new HttpCase("H-3 livez and readyz", PageCases::checks),
        new HttpCase("H-4 version", s -> s.send("GET", "/version", "")),
        new HttpCase("H-1 origins and OPTIONS", PageCases::origins),
        new HttpCase("H-2 H-3 H-5 methods and paths that there are not", PageCases::refused));
  }

  private static void health(HttpSide s) {
    s.send("GET", "/health", "");
    s.send("GET", "/health?serializable=true", "");
    s.send("GET", "/health?serializable=nonsense&exclude=NOSPACE&exclude=", "");
  }

  private static void checks(HttpSide s) {
    s.send("GET", "/livez", "");
    s.send("GET", "/livez?verbose", "");
    s.send("GET", "/livez/serializable_read", "");
    s.send("GET", "/livez/serializable_read?verbose=false&exclude=serializable_read", "");
    s.send("GET", "/livez?exclude=serializable_read&verbose", "");
    s.send("GET", "/readyz", "");
    s.send("GET", "/readyz/linearizable_read?verbose", "");
    s.send("GET", "/readyz/data_corruption?verbose", "");
    s.send("GET", "/readyz/non_learner?verbose", "");
    s.send("GET", "/readyz?exclude=linearizable_read&exclude=nonsense", "");
    unordered(s, "/readyz?verbose");
    unordered(s, "/readyz?verbose&exclude=data_corruption");
  }

  /** etcd runs checks in any order. */
  private static void unordered(HttpSide s, String path) {
    String body = s.send("GET", path, "");
    s.steps().removeLast();
    s.note(path, body.lines().sorted().collect(Collectors.joining(", ")));
  }

  private static void origins(HttpSide s) {
    s.send("GET", "/health", "", "Origin", "https://pages.example");
    s.send("OPTIONS", "/v3/kv/put", "", "Origin", "https://pages.example");
    s.send("OPTIONS", "/nothing", "");
  }

  private static void refused(HttpSide s) {
    for (String path : new String[] {"/health", "/livez", "/readyz", "/version", "/debug/vars"}) {
      s.send("POST", path, "{}");
      s.send("HEAD", path, "");
    }
    for (String path :
        new String[] {
          "/",
          "/nothing",
          "/health/",
          "/livez/",
          "/livez/nothing",
          "/readyz/nothing",
          "/v3alpha/x",
          "/v3/",
          "/v3/nothing",
          "/v3/kv",
          "/v3/kv/range/",
          "/v3beta/nothing",
          "/v3/kv/rangestream"
        }) {
      s.send("GET", path, "");
      s.send("POST", path, "{}");
    }
    for (String method : new String[] {"GET", "PUT", "DELETE", "PATCH"}) {
      s.send(method, "/v3/kv/range", "");
      s.send(method, "/v3/watch", "");
    }
  }
}
