package dev.rowan.it.cases;

import static dev.rowan.it.conformance.Requests.all;
import static dev.rowan.it.conformance.Requests.get;
import static dev.rowan.it.conformance.Requests.put;
import static dev.rowan.it.conformance.Requests.watch;
import static dev.rowan.proto.authpb.Permission.Type.READ;
import static dev.rowan.proto.authpb.Permission.Type.READWRITE;
import static dev.rowan.proto.authpb.Permission.Type.WRITE;

import dev.rowan.it.conformance.Case;
import dev.rowan.it.conformance.Requests;
import dev.rowan.it.conformance.Session;
import dev.rowan.it.conformance.Side;
import dev.rowan.proto.authpb.Permission;
import dev.rowan.proto.authpb.UserAddOptions;
import dev.rowan.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import dev.rowan.proto.etcdserverpb.AuthUserAddRequest;
import dev.rowan.proto.etcdserverpb.AuthUserChangePasswordRequest;
import java.util.List;

/** users, roles and tokens. */
public final class AuthCases {
  private static final String BYTES_72 = "12345678".repeat(9);

  /** Of the password "elsewhere", made by another bcrypt; in base64, as it is sent. */
  private static final String HASHED =
      "JDJhJDA0JG15c2FsdG15c2FsdG15c2FsdG15c3V5Y0lKQlNkcTBjLnFaclBwWGtaMEw1N2hJUHBpdGNx";

  private AuthCases() {}

  /** The cases; each needs servers of its own. */
  public static List<Case> cases() {
    return List.of(
        new Case("A-1 A-2 the switch and the revision", AuthCases::onAndOff),
        new Case("A-3 users", AuthCases::users),
        new Case("A-4 roles of users", AuthCases::grants),
        new Case("A-5 roles", AuthCases::roles),
        new Case("A-6 permissions of roles", AuthCases::permissions),
        new Case("A-7 root stays root", AuthCases::root),
        new Case("A-8 logins", AuthCases::logins),
        new Case("A-3 A-8 passwords that are no text", AuthCases::passwords),
        new Case("A-9 which tokens are valid, and until when", AuthCases::tokens),
        new Case("A-9 C-7 where a token stands", AuthCases::headers),
        new Case("A-14 users may ask about themselves", AuthCases::self));
  }

  /** Root, and a user who may read b to d and write c to e; auth is on. */
  static Session enabled(Side s) {
    Session nobody = Session.nobody(s);
    nobody.addUser("root");
    nobody.grantRole("root", "root");
    nobody.addUser("alice");
    nobody.addRole("part");
    nobody.permit("part", READ, "b", "d");
    nobody.permit("part", WRITE, "c", "e");
    nobody.grantRole("alice", "part");
    nobody.enable();
    return nobody.login("root");
  }

  private static void onAndOff(Side s) {
    Session nobody = Session.nobody(s);
    nobody.status();
    nobody.enable();
    nobody.addUser("root");
    nobody.enable();
    nobody.grantRole("root", "root");
    nobody.status();
    nobody.enable();
    nobody.status();
    nobody.enable();
    nobody.disable();
    Session root = nobody.login("root");
    root.enable();
    root.status();
    root.put(put("a", "1"));
    root.disable();
    nobody.status();
    nobody.disable();
    nobody.status();
    root.put(put("a", "2"));
    nobody.put(put("a", "3"));
    nobody.token("root", "root");
    nobody.enable();
    root.put(put("a", "4"));
    nobody.login("root").put(put("a", "5"));
  }

  private static void users(Side s) {
    Session nobody = Session.nobody(s);
    nobody.addUser("");
    nobody.addUser("b");
    nobody.addUser("b");
    nobody.addUser(AuthUserAddRequest.newBuilder().setName("a"));
    nobody.addUserWithoutPassword("c");
    nobody.addUser(
        AuthUserAddRequest.newBuilder()
            .setName("d")
            .setPassword("ignored")
            .setOptions(UserAddOptions.newBuilder().setNoPassword(true)));
    nobody.addUser(AuthUserAddRequest.newBuilder().setName("e").setPassword(BYTES_72 + "9"));
    nobody.addUser(AuthUserAddRequest.newBuilder().setName("b").setPassword(BYTES_72 + "9"));
    nobody.addUser("Z");
    nobody.addUser("\uffee");
    nobody.addUser("\ud83d\ude00");
    nobody.status();
    nobody.listUsers();
    nobody.getUser("a");
    nobody.getUser("nobody");
    nobody.getUser("");
    nobody.changePassword("a", "1");
    nobody.changePassword("c", "1");
    nobody.changePassword("a", "");
    nobody.changePassword("nobody", "1");
    nobody.changePassword("a", BYTES_72 + "9");
    nobody.changePassword(
        AuthUserChangePasswordRequest.newBuilder().setName("a").setHashedPassword("%"));
    nobody.status();
    nobody.deleteUser("nobody");
    nobody.deleteUser("a");
    nobody.deleteUser("a");
    nobody.listUsers();
    nobody.status();
  }

  private static void grants(Side s) {
    Session nobody = Session.nobody(s);
    nobody.addUser("u");
    nobody.grantRole("u", "r");
    nobody.grantRole("v", "r");
    for (String role : new String[] {"r", "B", "a", "\uffee", "\ud83d\ude00"}) {
      nobody.addRole(role);
      nobody.grantRole("u", role);
    }
    nobody.grantRole("u", "r");
    nobody.grantRole("u", "root");
    nobody.getUser("u");
    nobody.status();
    nobody.revokeRole("u", "r");
    nobody.revokeRole("u", "r");
    nobody.revokeRole("u", "never");
    nobody.revokeRole("v", "r");
    nobody.getUser("u");
    nobody.deleteRole("a");
    nobody.getUser("u");
    nobody.changePassword("u", "2");
    nobody.getUser("u");
    nobody.status();
  }

  private static void roles(Side s) {
    Session nobody = Session.nobody(s);
    nobody.addRole("");
    nobody.addRole("r");
    nobody.addRole("r");
    nobody.addRole("Q");
    nobody.addRole("\uffee");
    nobody.addRole("\ud83d\ude00");
    nobody.listRoles();
    nobody.getRole("r");
    nobody.getRole("none");
    nobody.getRole("root");
    nobody.addRole("root");
    nobody.permit("root", READ, "a", "");
    nobody.getRole("root");
    nobody.deleteRole("none");
    nobody.deleteRole("r");
    nobody.deleteRole("r");
    nobody.deleteRole("root");
    nobody.listRoles();
    nobody.status();
  }

  private static void permissions(Side s) {
    Session nobody = Session.nobody(s);
    nobody.permit(AuthRoleGrantPermissionRequest.newBuilder().setName("r"));
    nobody.permit("r", READ, "a", "");
    nobody.addRole("r");
    nobody.permit(AuthRoleGrantPermissionRequest.newBuilder().setName("r"));
    nobody.permit("r", READ, "", "");
    nobody.permit("r", READ, "", Requests.OPEN);
    nobody.permit("r", READ, "b", "a");
    nobody.permit("r", READ, "b", "b");
    nobody.permit("r", READ, "b", "c");
    nobody.permit("r", WRITE, "a", "");
    nobody.permit("r", READWRITE, "\0", Requests.OPEN);
    nobody.permit("r", WRITE, "x", Requests.OPEN);
    nobody.permit("r", WRITE, "b", "c");
    nobody.permit(
        AuthRoleGrantPermissionRequest.newBuilder()
            .setName("r")
            .setPerm(Permission.newBuilder().setPermTypeValue(7).setKey(Requests.bytes("q"))));
    nobody.getRole("r");
    nobody.status();
    nobody.forbid("r", "b", "");
    nobody.forbid("r", "b", "d");
    nobody.forbid("none", "b", "c");
    nobody.forbid("r", "b", "c");
    nobody.forbid("r", "b", "c");
    nobody.forbid("r", "x", Requests.OPEN);
    nobody.getRole("r");
    nobody.status();
  }

  private static void root(Side s) {
    Session root = enabled(s);
    root.deleteUser("root");
    root.revokeRole("root", "root");
    root.deleteRole("root");
    root.addRole("root");
    root.deleteRole("root");
    root.getRole("root");
    root.grantRole("alice", "root");
    root.status();
    Session alice = root.login("alice");
    alice.deleteUser("root");
    alice.revokeRole("root", "root");
    alice.changePassword("root", "another");
    alice.getUser("root");
    root.getUser("root");
    alice.revokeRole("alice", "root");
    alice.listUsers();
    alice.disable();
  }

  private static void logins(Side s) {
    Session nobody = Session.nobody(s);
    nobody.token("root", "root");
    nobody.addUserWithoutPassword("mute");
    Session root = enabled(s);
    nobody.token("alice", "alice");
    nobody.token("alice", "Alice");
    nobody.token("alice", "");
    nobody.token("eve", "eve");
    nobody.token("", "");
    nobody.token("mute", "");
    nobody.token("mute", "mute");
    root.changePassword("alice", "other");
    nobody.token("alice", "alice");
    nobody.token("alice", "other");
    root.changePassword("alice", "");
    nobody.token("alice", "");
    nobody.token("alice", "other");
    root.changePassword("mute", "loud");
    nobody.token("mute", "loud");
    root.addUser(AuthUserAddRequest.newBuilder().setName("bob"));
    nobody.token("bob", "");
    nobody.token("bob", "bob");
    nobody.with("a wrong token", "token", "nonsense").token("alice", "x");
    root.deleteUser("bob");
    nobody.token("bob", "");
    root.status();
  }

  private static void passwords(Side s) {
    Session nobody = Session.nobody(s);
    Session root = enabled(s);
    root.addUser(AuthUserAddRequest.newBuilder().setName("long").setPassword(BYTES_72));
    nobody.token("long", BYTES_72);
    nobody.token("long", BYTES_72.substring(1));
    nobody.token("long", BYTES_72 + "9");
    root.addUser(AuthUserAddRequest.newBuilder().setName("umlaut").setPassword("\u00e4\u20ac"));
    nobody.token("umlaut", "\u00e4\u20ac");
    nobody.token("umlaut", "a");
    root.addUser(
        AuthUserAddRequest.newBuilder()
            .setName("hashed")
            .setPassword("own")
            .setHashedPassword(HASHED));
    nobody.token("hashed", "own");
    nobody.token("hashed", "elsewhere");
    root.changePassword(
        AuthUserChangePasswordRequest.newBuilder().setName("hashed").setHashedPassword("AAAA"));
    nobody.token("hashed", "own");
    nobody.token("hashed", "");
    root.changePassword(
        AuthUserChangePasswordRequest.newBuilder().setName("hashed").setHashedPassword(HASHED));
    nobody.token("hashed", "own");
    nobody.token("hashed", "elsewhere");
    root.changePassword(
        AuthUserChangePasswordRequest.newBuilder()
            .setName("hashed")
            .setPassword("own")
            .setHashedPassword(HASHED));
    nobody.token("hashed", "own");
  }

  private static void tokens(Side s) {
    Session nobody = Session.nobody(s);
    Session root = enabled(s);
    Session alice = root.login("alice");
    Session aliceAgain = root.login("alice");
    for (String token : new String[] {"", "x", "x.", ".1", "x.1", "x.y", "a.b.c", "x.1.2"}) {
      Session wrong = nobody.with("'" + token + "'", "token", token);
      wrong.range(get("b"));
      wrong.put(put("c", "1"));
      wrong.status();
      wrong.leases();
      wrong.watches().create(watch("b"));
    }
    root.addUser("bob");
    root.permit("part", READ, "x", "");
    alice.range(get("x"));
    alice.put(put("c", "1"));
    root.revokeRole("alice", "part");
    alice.range(get("x"));
    alice.getUser("alice");
    root.grantRole("alice", "part");
    aliceAgain.range(get("x"));
    root.changePassword("alice", "alice");
    alice.range(get("x"));
    aliceAgain.range(get("x"));
    alice = root.login("alice");
    alice.range(get("x"));
    root.deleteUser("alice");
    alice.range(get("x"));
    root.addUser("alice");
    alice.range(get("x"));
    root.login("alice").range(get("x"));
    root.disable();
    root.range(get("x"));
    nobody.enable();
    root.range(get("x"));
    root.login("root").range(all());
  }

  private static void headers(Side s) {
    Session nobody = Session.nobody(s);
    enabled(s);
    String token = nobody.token("alice", "alice");
    nobody.with("authorization", "authorization", token).range(get("b"));
    nobody.with("Bearer", "authorization", "Bearer " + token).range(get("b"));
    nobody.with("bearer", "authorization", "bearer " + token).range(get("b"));
    nobody.with("token with Bearer", "token", "Bearer " + token).range(get("b"));
    nobody.with("x", "authorization", "nonsense").with("both", "token", token).range(get("b"));
    nobody
        .with("x", "authorization", token)
        .with("both, the first is wrong", "token", "nonsense")
        .range(get("b"));
    nobody.with("gateway", "grpcgateway-authorization", token).range(get("b"));
  }

  private static void self(Side s) {
    Session nobody = Session.nobody(s);
    Session root = enabled(s);
    root.addRole("other");
    root.addUser("bob");
    Session alice = root.login("alice");
    for (Session each : List.of(nobody, alice, root)) {
      each.getUser("alice");
      each.getUser("bob");
      each.getUser("none");
      each.getUser("");
      each.getRole("part");
      each.getRole("other");
      each.getRole("none");
      each.getRole("root");
      each.listUsers();
      each.listRoles();
      each.status();
      each.addUser("x");
      each.addRole("x");
      each.deleteUser("x");
      each.deleteRole("x");
      each.changePassword("bob", "x");
      each.grantRole("bob", "other");
      each.revokeRole("bob", "other");
      each.permit("other", READ, "a", "");
      each.forbid("other", "a", "");
      each.enable();
    }
    alice.disable();
    nobody.disable();
    root.status();
  }
}
