package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.watch;
import static dev.rowan.proto.authpb.Permission.Type.READ;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Session;
import dev.rowan.it.conformance.Side;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** tokens that are JSON web tokens, on servers that share a secret. */
public final class JwtCases {
  private static final byte[] SECRET =
      "a secret of at least thirty-two bytes".getBytes(StandardCharsets.UTF_8);

  private JwtCases() {}

  /** What the servers are to be started with. */
  public static String flag() {
    try {
      Path file = Files.createTempFile("rowan-jwt", ".secret");
      Files.write(file, SECRET);
      file.toFile().deleteOnExit();
      return "--auth-token=jwt,sign-method=HS256,priv-key=" + file + ",ttl=10m";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The cases; each needs servers of its own. */
  public static List<Case> cases() {
    return List.of(
        new Case("A-10 a token is of one auth revision", JwtCases::revisions),
        new Case("A-10 tokens made by others", JwtCases::foreign));
  }

  /** What etcd doesn't look at a token's revision for is left out: Rowan does. */
  private static void revisions(Side s) {
    Session nobody = Session.nobody(s);
    Session root = AuthCases.enabled(s);
    Session alice = root.login("alice");
    alice.put(put("c", "1"));
    alice.range(get("c"));
    alice.getUser("alice");
    alice.leases();
    root.permit("part", READ, "x", "");
    alice.put(put("c", "1"));
    alice.range(get("c"));
    alice.range(get("a"));
    alice.watches().create(watch("b"));
    root.put(put("c", "1"));
    root.login("root").addUser("bob");
    root.login("root").listUsers();
    root.login("alice").range(get("x"));
    nobody.range(get("x"));
    root.login("root").changePassword("alice", "alice");
    root.login("root").put(put("c", "2"));
    root.login("alice").getUser("alice");
    root.login("root").disable();
    alice.put(put("a", "1"));
  }

  private static void foreign(Side s) throws Exception {
    Session nobody = Session.nobody(s);
    AuthCases.enabled(s);
    String hs256 = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";
    for (String[] token :
        new String[][] {
          {hs256, "{\"username\":\"alice\",\"revision\":100}"},
          {hs256, "{\"username\":\"alice\",\"revision\":8,\"exp\":4102444800}"},
          {hs256, "{\"username\":\"alice\",\"revision\":8,\"exp\":946684800}"},
          {hs256, "{\"username\":\"alice\"}"},
          {hs256, "{\"username\":7,\"revision\":100}"},
          {hs256, "{\"revision\":100}"},
          {hs256, "nonsense"},
          {"{\"alg\":\"HS512\",\"typ\":\"JWT\"}", "{\"username\":\"alice\",\"revision\":100}"},
          {"{\"alg\":\"none\"}", "{\"username\":\"alice\",\"revision\":100}"}
        }) {
      Session bearer = nobody.with(token[0] + token[1], "token", signed(token[0], token[1]));
      bearer.put(put("c", "1"));
      bearer.grant(5);
      bearer.revoke(5);
      bearer.listUsers();
    }
    for (String claims :
        new String[] {
          "{\"username\":\"alice\",\"revision\":1}", "{\"username\":\"eve\",\"revision\":100}"
        }) {
      nobody.with(claims, "token", signed(hs256, claims)).put(put("c", "1"));
    }
    nobody.with("nonsense", "token", "a.b.c").put(put("c", "1"));
  }

  private static String signed(String header, String claims) throws Exception {
    String input =
        encoded(header.getBytes(StandardCharsets.UTF_8))
            + "."
            + encoded(claims.getBytes(StandardCharsets.UTF_8));
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
    return input + "." + encoded(mac.doFinal(input.getBytes(StandardCharsets.UTF_8)));
  }

  private static String encoded(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
