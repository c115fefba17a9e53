package dev.rowan.it.http;

import static dev.rowan.it.http.KvHttpCases.key;

import java.util.Base64;
import java.util.List;

/** H-6 and C-9: JSON as it comes, well and badly formed. */
final class JsonCases {
  private static final String RANGE = "/v3/kv/range";

  private JsonCases() {}

  static List<HttpCase> cases() {
    return List.of(
        new HttpCase("H-6 what is taken", JsonCases::taken),
        new HttpCase("H-6 what is refused", JsonCases::refused),
        new HttpCase("H-6 timeouts and headers", JsonCases::headers),
        new HttpCase("C-9 requests that are too large", JsonCases::large));
  }

  private static void taken(HttpSide s) {
    for (String json :
        new String[] {
          "",
          " \n ",
          "{}",
          "{\"key\":null}",
          "{\"key\":\"\"}",
          " { \"key\" : \"YQ==\" } \n",
          "{\"key\":\"YQ==\"} trailing",
          "{\"key\":\"YQ==\"}{\"key\":\"Yg==\"}",
          "{\"key\":\"YQ==\",\"nothing\":{\"a\":[1,null,\"x\"]}}",
          "{\"key\":\"YQ==\",\"rangeEnd\":\"Yg==\"}",
          "{\"key\":\"YQ==\",\"limit\":1.0}",
          "{\"key\":\"YQ==\",\"limit\":1e2}",
          "{\"key\":\"YQ==\",\"limit\":\"1\"}",
          "{\"key\":\"YQ==\",\"limit\":-1}",
          "{\"key\":\"YQ==\",\"limit\":\"9223372036854775807\"}",
          "{\"key\":\"YQ==\",\"limit\":9223372036854775807}",
          "{\"key\":\"YQ==\",\"revision\":\"-9223372036854775808\"}",
          "{\"key\":\"YQ==\",\"sort_order\":\"NOPE\"}",
          "{\"key\":\"YQ==\",\"sort_order\":0,\"sort_target\":4}",
          "{\"\\u006bey\":\"YQ==\"}",
          "{\"key\":\"YQ\\u003d=\"}",
          "{\"key\":\"YQ=\\u003d\"}"
        }) {
      s.post(RANGE, json);
    }
  }

  private static void refused(HttpSide s) {
    for (String json :
        new String[] {
          "{",
          "{\"key\":\"YQ==\"",
          "{\"key\":\"YQ==",
          "x",
          "5",
          "null",
          "true",
          "\"x\"",
          "[]",
          "{\"key\":\"***\"}",
          "{\"key\":\"Y\"}",
          "{\"key\":5}",
          "{\"key\":{}}",
          "{\"key\":\"YQ==\",\"key\":\"YQ==\"}",
          "{\"key\":\"YQ==\",\"range_end\":\"Yg==\",\"rangeEnd\":\"Yg==\"}",
          "{\"key\":\"YQ==\",\"limit\":\"x\"}",
          "{\"key\":\"YQ==\",\"limit\":\"\"}",
          "{\"key\":\"YQ==\",\"limit\":1.5}",
          "{\"key\":\"YQ==\",\"limit\":9223372036854775808}",
          "{\"key\":\"YQ==\",\"limit\":true}",
          "{\"key\":\"YQ==\",\"serializable\":1}",
          "{\"key\":\"YQ==\",\"serializable\":\"yes\"}",
          "{\"key\":\"YQ==\",}",
          "{\"key\":\"YQ==\" \"limit\":1}",
          "{'key':'YQ=='}",
          "{key:\"YQ==\"}",
          "{\"key\":\"YQ==\",\"limit\":01}",
          "{\"key\":\"YQ==\",\"limit\":+1}",
          "{\"key\":\"YQ==\",\"limit\":NaN}",
          "{\"key\":\"YQ==\",\"x\":TRUE}",
          "{\"key\":\"YQ==\"/**/}"
        }) {
      s.refused(RANGE, json);
    }
    s.post("/v3/kv/put", "{\"key\":\"YQ==\"");
  }

  private static void headers(HttpSide s) {
    s.post(RANGE, key("h"), "Content-Type", "text/plain");
    s.post(RANGE, key("h"), "Content-Type", "application/json; charset=utf-8");
    s.post(RANGE, key("h"), "Accept", "text/html");
    s.post(RANGE, key("h"), "Grpc-Timeout", "10S");
    s.post(RANGE, key("h"), "Grpc-Timeout", "xx");
    s.post(RANGE, key("h"), "Authorization", "Bearer nobody", "Grpc-Metadata-hasleader", "true");
    s.post(RANGE + "?key=aA==", "");
  }

  private static void large(HttpSide s) {
    s.post("/v3/kv/put", put(1_000_000));
    s.post(RANGE, key("h"));
    s.post("/v3/kv/put", put(1_572_800));
    s.post("/v3/kv/put", put(1_600_000));
    s.post("/v3/kv/put", put(3_000_000));
    s.refused("/v3/kv/put", put(12_000_000));
    s.post("/v3/kv/deleterange", key("h"));
  }

  private static String put(int bytes) {
    String value = Base64.getEncoder().encodeToString(new byte[bytes]);
    return "{\"key\":\"" + KvHttpCases.b64("h") + "\",\"value\":\"" + value + "\"}";
  }
}
