package dev.rowan.it.http;

import com.google.gson.JsonParser;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/** H-5, H-6 and L-10: calls of one answer. */
final class KvHttpCases {
  private KvHttpCases() {}

  static List<HttpCase> cases() {
    return List.of(
        new HttpCase("H-5 put, range and delete", KvHttpCases::keys),
        new HttpCase("H-5 transactions", KvHttpCases::transactions),
        new HttpCase("H-5 compaction", KvHttpCases::compaction),
        new HttpCase("H-5 L-10 leases, by both paths", KvHttpCases::leases),
        new HttpCase("H-5 members, status and alarms", KvHttpCases::server),
        new HttpCase("H-6 keys of every byte, and empty values", KvHttpCases::bytes));
  }

  static String b64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  static String key(String key) {
    return "{\"key\":\"" + b64(key) + "\"}";
  }

  static String keyValue(String key, String value) {
    return "{\"key\":\"" + b64(key) + "\",\"value\":\"" + b64(value) + "\"}";
  }

  private static String prefix(String more) {
    return "{\"key\":\"" + b64("k") + "\",\"range_end\":\"" + b64("l") + "\"" + more + "}";
  }

  private static void keys(HttpSide s) {
    s.post("/v3/kv/range", key("k"));
    s.post("/v3/kv/put", keyValue("k1", "1"));
    s.post("/v3/kv/put", keyValue("k2", "2"));
    s.post("/v3beta/kv/put", "{\"key\":\"" + b64("k1") + "\",\"prev_kv\":true}");
    s.post("/v3/kv/range", prefix(""));
    s.post("/v3/kv/range", prefix(",\"limit\":1"));
    s.post("/v3/kv/range", prefix(",\"count_only\":true,\"serializable\":true"));
    s.post("/v3/kv/range", prefix(",\"keys_only\":true,\"sort_order\":\"DESCEND\""));
    s.post("/v3/kv/range", prefix(",\"sort_order\":1,\"sort_target\":\"VALUE\""));
    s.post("/v3/kv/range", prefix(",\"revision\":\"2\""));
    s.post("/v3/kv/range", prefix(",\"min_mod_revision\":\"4\""));
    s.post("/v3/kv/range", prefix(",\"sort_order\":9"));
    s.post("/v3/kv/range", prefix(",\"revision\":\"1000000\""));
    s.post("/v3/kv/put", "{\"key\":\"" + b64("k1") + "\",\"ignore_value\":true}");
    s.post("/v3/kv/put", "{\"key\":\"" + b64("kn") + "\",\"ignore_lease\":true}");
    s.post("/v3/kv/put", "{\"key\":\"" + b64("k1") + "\",\"lease\":\"123\"}");
    s.post("/v3/kv/put", "{\"value\":\"YQ==\"}");
    s.post("/v3/kv/deleterange", prefix(",\"prev_kv\":true"));
    s.post("/v3/kv/deleterange", prefix(""));
    s.post("/v3/kv/deleterange", "");
  }

  private static void transactions(HttpSide s) {
    String put = "{\"request_put\":" + keyValue("t", "1") + "}";
    String get = "{\"request_range\":" + key("t") + "}";
    String compare =
        "{\"key\":\""
            + b64("t")
            + "\",\"target\":\"CREATE\",\"result\":\"EQUAL\","
            + "\"create_revision\":\"0\"}";
    String txn =
        "{\"compare\":[" + compare + "],\"success\":[" + put + "],\"failure\":[" + get + "]}";
    s.post("/v3/kv/txn", txn);
    s.post("/v3/kv/txn", txn);
    s.post("/v3/kv/txn", "{\"success\":[" + get + ",{\"requestTxn\":" + txn + "}]}");
    s.post(
        "/v3/kv/txn",
        "{\"compare\":[{\"key\":\""
            + b64("t")
            + "\",\"target\":3,\"result\":0,\"value\":\""
            + b64("1")
            + "\"}],\"success\":[{\"request_delete_range\":"
            + key("t")
            + "}]}");
    s.post("/v3/kv/txn", "{}");
    s.post("/v3/kv/txn", "{\"success\":[{}]}");
    s.post("/v3/kv/txn", "{\"success\":[" + put + "," + put + "]}");
    s.post("/v3/kv/txn", "{\"compare\":[{}]}");
    s.refused("/v3/kv/txn", "{\"success\":[{\"request_put\":{},\"request_range\":{}}]}");
  }

  private static void compaction(HttpSide s) {
    String answer = s.post("/v3/kv/put", keyValue("c", "1"));
    long revision =
        JsonParser.parseString(answer)
            .getAsJsonObject()
            .getAsJsonObject("header")
            .get("revision")
            .getAsLong();
    s.post("/v3/kv/put", keyValue("c", "2"));
    s.post("/v3/kv/compaction", "{\"revision\":\"" + revision + "\",\"physical\":true}");
    s.post("/v3/kv/compaction", "{\"revision\":" + revision + "}");
    s.post("/v3/kv/compaction", "{\"revision\":\"9223372036854775807\"}");
    s.post("/v3/kv/range", "{\"key\":\"" + b64("c") + "\",\"revision\":" + (revision - 1) + "}");
    s.post("/v3/kv/deleterange", key("c"));
  }

  private static void leases(HttpSide s) {
    s.post("/v3/lease/grant", "{\"ID\":\"77\",\"TTL\":\"1000\"}");
    s.post("/v3/lease/grant", "{\"ID\":77,\"TTL\":1000}");
    s.post("/v3/lease/grant", "{\"TTL\":\"99999999999\"}");
    s.post("/v3/kv/put", "{\"key\":\"" + b64("l") + "\",\"lease\":77}");
    for (String path : new String[] {"/v3/lease/leases", "/v3/kv/lease/leases"}) {
      s.post(path, "{}");
    }
    for (String path : new String[] {"/v3/lease/timetolive", "/v3/kv/lease/timetolive"}) {
      s.shape(path, "{\"ID\":\"77\",\"keys\":true}");
      s.post(path, "{\"ID\":78}");
    }
    s.post("/v3/lease/revoke", "{\"ID\":\"77\"}");
    s.post("/v3/kv/lease/revoke", "{\"ID\":\"77\"}");
    s.post("/v3/kv/range", key("l"));
    s.post("/v3/lease/leases", "");
  }

  /** By their shapes, as docs/compatibility.md lists what differs in their values. */
  private static void server(HttpSide s) {
    s.shape("/v3/maintenance/status", "{}");
    s.post("/v3/maintenance/alarm", "{}");
    s.post("/v3/maintenance/alarm", "{\"action\":\"GET\",\"memberID\":\"0\",\"alarm\":\"NONE\"}");
    String list = s.post("/v3/cluster/member/list", "{}");
    s.steps().removeLast();
    var members = JsonParser.parseString(list).getAsJsonObject().getAsJsonArray("members");
    s.note("members", members.size() + " " + members.get(0).getAsJsonObject().has("clientURLs"));
  }

  private static void bytes(HttpSide s) {
    String key = "b/\u00fc\u20ac\ud83d\ude00\u2028<>&='\"\\\u0000\u007f";
    s.post("/v3/kv/put", keyValue(key, key));
    s.post("/v3/kv/range", key(key));
    s.post("/v3/kv/put", keyValue(key, ""));
    s.post("/v3/kv/range", key(key));
    byte[] all = new byte[256];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    for (Base64.Encoder form :
        List.of(
            Base64.getEncoder(),
            Base64.getUrlEncoder(),
            Base64.getEncoder().withoutPadding(),
            Base64.getUrlEncoder().withoutPadding())) {
      s.post("/v3/kv/put", "{\"key\":\"" + form.encodeToString(all) + "\",\"prev_kv\":true}");
    }
    s.post("/v3/kv/deleterange", "{\"key\":\"AA==\",\"range_end\":\"AA==\"}");
  }
}
