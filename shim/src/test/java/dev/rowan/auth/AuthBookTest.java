package dev.rowan.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.MetaRow;
import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.KeyRange;
import dev.rowan.proto.authpb.Permission;
import dev.rowan.proto.etcdserverpb.AuthDisableRequest;
import dev.rowan.proto.etcdserverpb.AuthEnableRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleAddRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleDeleteRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleGetRequest;
import dev.rowan.proto.etcdserverpb.AuthRoleGetResponse;
import dev.rowan.proto.etcdserverpb.AuthRoleGrantPermissionRequest;
import dev.rowan.proto.etcdserverpb.AuthUserAddRequest;
import dev.rowan.proto.etcdserverpb.AuthUserChangePasswordRequest;
import dev.rowan.proto.etcdserverpb.AuthUserDeleteRequest;
import dev.rowan.proto.etcdserverpb.AuthUserGrantRoleRequest;
import dev.rowan.proto.etcdserverpb.ResponseHeader;
import java.time.Duration;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The book as batches change it, and as another instance learns of the changes. */
class AuthBookTest {
  private static final ByteString HASH = ByteString.copyFromUtf8("hash");

  private final AuthBook book = book();
  private final Map<List<Object>, MetaRow> rows = new LinkedHashMap<>();
  private final AuthAdmin admin =
      new AuthAdmin(
          book,
          (bucket, id, blob) -> rows.put(List.of(bucket, id), new MetaRow(bucket, id, blob)),
          7);

  private static AuthBook book() {
    return new AuthBook(new SimpleTokens(Duration.ofMinutes(5), System::nanoTime, true));
  }

  private Object run(AuthCommand<?> command) {
    return admin.carryOut(command, Caller.INTERNAL, ResponseHeader.getDefaultInstance());
  }

  private void addUser(String name) {
    run(
        new AuthCommand.UserAdd(
            AuthUserAddRequest.newBuilder()
                .setName(name)
                .setHashedPassword(Base64.getEncoder().encodeToString(HASH.toByteArray()))
                .build()));
  }

  private void addRole(String name) {
    run(new AuthCommand.RoleAdd(AuthRoleAddRequest.newBuilder().setName(name).build()));
  }

  private void grantRole(String user, String role) {
    run(
        new AuthCommand.UserGrantRole(
            AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build()));
  }

  private void grant(String role, Permission.Type type, String key, String end) {
    Permission permission =
        Permission.newBuilder()
            .setPermType(type)
            .setKey(ByteString.copyFromUtf8(key))
            .setRangeEnd(ByteString.copyFromUtf8(end))
            .build();
    run(
        new AuthCommand.RoleGrantPermission(
            AuthRoleGrantPermissionRequest.newBuilder().setName(role).setPerm(permission).build()));
  }

  private void changePassword(String name) {
    run(
        new AuthCommand.ChangePassword(
            AuthUserChangePasswordRequest.newBuilder().setName(name).build()));
  }

  private String login(String user) {
    return ((AuthCommand.LoggedIn) run(new AuthCommand.Login(user, HASH, SimpleTokens.letters())))
        .token();
  }

  private static Caller named(String name, long authRevision) {
    return new Caller.Named(name, authRevision, Caller.Proof.CERTIFICATE);
  }

  private Caller alice() {
    return named("alice", book.working().revision());
  }

  private static KeyRange key(String key) {
    return KeyRange.of(ByteString.copyFromUtf8(key), ByteString.EMPTY);
  }

  /** Root, and alice who may write a to c and read b alone; auth is on. */
  @BeforeEach
  void enable() {
    addUser("root");
    grantRole("root", "root");
    addUser("alice");
    addRole("part");
    grant("part", Permission.Type.WRITE, "a", "d");
    grant("part", Permission.Type.READ, "b", "");
    grantRole("alice", "part");
    run(new AuthCommand.Enable(AuthEnableRequest.getDefaultInstance()));
    book.commit();
  }

  @Test
  void eachEffectiveChangeCounts() {
    assertThat(book.current().revision()).isEqualTo(8);

    grantRole("alice", "part");

    assertThat(book.working().revision()).as("A-1 a repeated grant is none").isEqualTo(8);
  }

  @Test
  void aChangeShowsWhenItIsCommitted() {
    run(new AuthCommand.RoleDelete(AuthRoleDeleteRequest.newBuilder().setRole("part").build()));

    assertThat(book.current().roleNames()).containsExactly("part");
    assertThat(book.working().roleNames()).isEmpty();
    book.commit();
    assertThat(book.current().roleNames()).isEmpty();
    assertThatThrownBy(() -> book.current().requireWrite(alice(), key("a")))
        .isSameAs(EtcdError.PERMISSION_DENIED.exception());
  }

  @Test
  void whatIsRolledBackWasNeverThere() {
    book.current().requireWrite(alice(), key("a"));
    String token = login("alice");
    run(new AuthCommand.UserDelete(AuthUserDeleteRequest.newBuilder().setName("alice").build()));
    run(new AuthCommand.Disable(AuthDisableRequest.getDefaultInstance()));

    book.rollback();

    assertThat(book.working()).isSameAs(book.current());
    assertThat(book.current().enabled()).isTrue();
    book.current().requireWrite(alice(), key("a"));
    assertThat(book.tokens().use(SimpleTokens.digest(token))).isNull();
  }

  @Test
  void permissionsAreThoseOfTheKindAskedFor() {
    AuthState state = book.current();

    state.requireWrite(alice(), key("c"));
    state.requireRead(alice(), key("b"));
    assertThatThrownBy(() -> state.requireRead(alice(), key("c")))
        .isSameAs(EtcdError.PERMISSION_DENIED.exception());
    assertThatThrownBy(() -> state.requireRead(Caller.NOBODY, key("b")))
        .isSameAs(EtcdError.USER_EMPTY.exception());
    assertThatThrownBy(() -> state.requireRead(named("eve", 8), key("b")))
        .isSameAs(EtcdError.PERMISSION_DENIED.exception());
    assertThatThrownBy(() -> state.requireRead(named("alice", 7), key("b")))
        .isSameAs(EtcdError.AUTH_OLD_REVISION.exception());
    state.requireRead(named("root", 8), key("z"));
    state.requireRead(Caller.INTERNAL, key("z"));
  }

  @Test
  void rootRulesTellWhoIsMissingWhat() {
    AuthState state = book.current();

    state.requireRoot(named("root", 1));
    assertThatThrownBy(() -> state.requireRoot(Caller.NOBODY))
        .isSameAs(EtcdError.USER_EMPTY.exception());
    assertThatThrownBy(() -> state.requireRoot(named("eve", 8)))
        .isSameAs(EtcdError.USER_NOT_FOUND.exception());
    assertThatThrownBy(() -> state.requireRoot(alice()))
        .isSameAs(EtcdError.PERMISSION_DENIED.exception());
  }

  @Test
  void usersMustBeThere() {
    AuthState state = book.current();

    state.requireUser(alice());
    state.requireUser(Caller.INTERNAL);
    assertThatThrownBy(() -> state.requireUser(Caller.NOBODY))
        .isSameAs(EtcdError.USER_EMPTY.exception());
    assertThatThrownBy(() -> state.requireUser(named("eve", 8)))
        .isSameAs(EtcdError.USER_NOT_FOUND.exception());
  }

  @Test
  void aSignedTokenIsGoodForItsOwnRevisionAlone() {
    Caller.Named root = new Caller.Named("root", 8, Caller.Proof.SIGNED);
    book.requireProof(root);

    changePassword("root");

    book.current().requireRevision(root);
    assertThatThrownBy(() -> book.requireProof(root))
        .as("A-10")
        .isSameAs(EtcdError.AUTH_OLD_REVISION.exception());
    book.commit();
    assertThatThrownBy(() -> book.current().requireRevision(root))
        .isSameAs(EtcdError.AUTH_OLD_REVISION.exception());
    book.requireProof(new Caller.Named("root", 9, Caller.Proof.SIGNED));
    book.requireProof(named("root", 8));
  }

  @Test
  void aSimpleTokenThatDiedBeforeItsTurnProvesNothing() {
    Caller root =
        new Caller.Named("root", 8, new Caller.Proof.Token(SimpleTokens.digest(login("root"))));
    Caller alice =
        new Caller.Named("alice", 8, new Caller.Proof.Token(SimpleTokens.digest(login("alice"))));

    changePassword("root");

    assertThatThrownBy(() -> book.requireProof(root))
        .as("A-3")
        .isSameAs(EtcdError.INVALID_AUTH_TOKEN.exception());
    book.requireProof(alice);
  }

  @Test
  void aPermissionOfTheSameRangeIsReplaced() {
    grant("part", Permission.Type.READ, "a", "");
    grant("part", Permission.Type.READWRITE, "a", "d");

    AuthRoleGetResponse role =
        (AuthRoleGetResponse)
            run(new AuthCommand.RoleGet(AuthRoleGetRequest.newBuilder().setRole("part").build()));

    assertThat(role.getPermList())
        .extracting(
            p -> p.getPermType() + p.getKey().toStringUtf8() + p.getRangeEnd().toStringUtf8())
        .containsExactly("READWRITEad", "READa", "READb");
  }

  @Test
  void aTokenDiesWithItsUsersPassword() {
    ByteString token = SimpleTokens.digest(login("alice"));
    ByteString roots = SimpleTokens.digest(login("root"));

    changePassword("alice");

    assertThat(book.tokens().use(token)).isNull();
    assertThat(book.tokens().use(roots)).isEqualTo("root");
    assertThat(rows)
        .containsEntry(List.of("authTokens", token), new MetaRow("authTokens", token, null))
        .containsEntry(
            List.of("authTokens", roots),
            new MetaRow("authTokens", roots, ByteString.copyFromUtf8("root")));
  }

  @Test
  void aLoginWhosePasswordWasChangedMeanwhileIsCheckedAgain() {
    var login = new AuthCommand.Login("alice", ByteString.copyFromUtf8("old"), "letters");

    AuthCommand.LoggedIn outcome = (AuthCommand.LoggedIn) run(login);

    assertThat(outcome.again()).isTrue();
    assertThat(outcome.token()).isEmpty();
    assertThat(book.tokens().all()).isEmpty();
  }

  @Test
  void disablingEndsEveryToken() {
    login("alice");
    login("root");

    run(new AuthCommand.Disable(AuthDisableRequest.getDefaultInstance()));

    assertThat(book.tokens().all()).isEmpty();
    assertThat(book.working().revision()).isEqualTo(9);
  }

  @Test
  void anotherInstanceHasTheSameFromTheRows() {
    String token = login("alice");
    AuthBook other = book();

    rows.values().forEach(other::apply);
    other.commit();

    assertThat(other.current().enabled()).isTrue();
    assertThat(other.current().revision()).isEqualTo(8);
    assertThat(other.current().userNames()).containsExactly("alice", "root");
    other.current().requireWrite(alice(), key("a"));
    assertThat(other.tokens().use(SimpleTokens.digest(token))).isEqualTo("alice");
    assertThat(rows.keySet().toString()).doesNotContain(token);
  }

  @Test
  void anotherInstanceLearnsOfRemovals() {
    AuthBook other = book();
    rows.values().forEach(other::apply);
    other.commit();
    rows.clear();
    String token = login("alice");
    run(new AuthCommand.UserDelete(AuthUserDeleteRequest.newBuilder().setName("alice").build()));
    run(new AuthCommand.RoleDelete(AuthRoleDeleteRequest.newBuilder().setRole("part").build()));

    rows.values().forEach(other::apply);
    assertThat(other.current().userNames()).hasSize(2);
    other.commit();

    assertThat(other.current().userNames()).containsExactly("root");
    assertThat(other.current().roleNames()).isEmpty();
    assertThat(other.current().revision()).isEqualTo(book.working().revision());
    assertThat(other.tokens().use(SimpleTokens.digest(token))).isNull();
  }

  @Test
  void namesAreListedByTheirBytes() {
    addUser("\uffee");
    addUser("\ud83d\ude00");
    addUser("Z");

    assertThat(book.working().userNames())
        .containsExactly("Z", "alice", "root", "\uffee", "\ud83d\ude00");
  }
}
