package dev.rowan.auth;

import com.google.protobuf.ByteString;
import dev.rowan.dialects.MetaRow;
import dev.rowan.error.EtcdError;
import dev.rowan.proto.authpb.Role;
import dev.rowan.proto.authpb.User;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The auth store: the state that everybody reads, and the one that a batch in the making changes.
 * The sequencer's thread makes changes, which show to others at {@link #commit} and are taken back
 * by {@link #rollback}; any thread may read the {@link #current} state.
 *
 * <p>A change is written to the rows that it is given as it is made, under names and in messages
 * that are etcd's.
 */
public final class AuthBook {
  private final SimpleTokens tokens;
  private volatile AuthState published = AuthState.initial();
  private volatile boolean behind;

  /** What the batch in the making sees; the published state until the first change. */
  private AuthState working = published;

  public AuthBook(SimpleTokens tokens) {
    this.tokens = tokens;
  }

  /** The state as it is committed. Any thread. */
  public AuthState current() {
    return published;
  }

  /**
   * Whether rows may be readable that were written after permissions changed which are not known
   * here yet: while what others appended is read in pages. Any thread.
   */
  public boolean behind() {
    return behind;
  }

  /** Set before the first such row is published, and back after the permissions are. */
  public void setBehind(boolean behind) {
    this.behind = behind;
  }

  /** The state with the changes of the batch in the making. */
  public AuthState working() {
    return working;
  }

  SimpleTokens tokens() {
    return tokens;
  }

  /**
   * Throws the refusal if what proved the caller's name has ended by the batch in the making: its
   * token died with the user or the password, or is of an older auth revision. The sequencer's
   * thread.
   */
  public void requireProof(Caller caller) {
    working.requireRevision(caller);
    if (caller instanceof Caller.Named(_, _, Caller.Proof.Token(ByteString digest))
        && tokens.userOf(digest) == null) {
      throw EtcdError.INVALID_AUTH_TOKEN.exception();
    }
  }

  private AuthState edit() {
    if (working == published) {
      working = published.copy();
    }
    return working;
  }

  void put(User user, AuthRows.Sink rows) {
    edit().put(user);
    rows.set(AuthRows.USERS, user.getName(), user.toByteString());
  }

  void removeUser(String name, AuthRows.Sink rows) {
    edit().removeUser(name);
    rows.set(AuthRows.USERS, ByteString.copyFromUtf8(name), null);
  }

  void put(Role role, AuthRows.Sink rows) {
    edit().put(role);
    rows.set(AuthRows.ROLES, role.getName(), role.toByteString());
  }

  void removeRole(String name, AuthRows.Sink rows) {
    edit().removeRole(name);
    rows.set(AuthRows.ROLES, ByteString.copyFromUtf8(name), null);
  }

  void setEnabled(boolean enabled, AuthRows.Sink rows) {
    edit().setEnabled(enabled);
    rows.set(AuthRows.AUTH, AuthRows.ENABLED, AuthRows.enabled(enabled));
  }

  /** Counts an effective change. */
  void advance(AuthRows.Sink rows) {
    AuthState state = edit();
    state.setRevision(state.revision() + 1);
    rows.set(AuthRows.AUTH, AuthRows.REVISION, AuthRows.revision(state.revision()));
  }

  void addToken(ByteString digest, String user, AuthRows.Sink rows) {
    tokens.add(digest, user);
    writeToken(digest, user, rows);
  }

  /** Tells other instances that a token has been used, unless it has ended meanwhile. */
  void writeToken(ByteString digest, String user, AuthRows.Sink rows) {
    if (tokens.shared()) {
      rows.set(AuthRows.TOKENS, digest, ByteString.copyFromUtf8(user));
    }
  }

  void removeTokens(List<ByteString> digests, AuthRows.Sink rows) {
    for (ByteString digest : digests) {
      tokens.remove(digest);
      if (tokens.shared()) {
        rows.set(AuthRows.TOKENS, digest, null);
      }
    }
  }

  /** Takes over a row as it was found at the start, or as another instance wrote it, if of auth. */
  public void apply(MetaRow row) {
    if (!AuthRows.isOne(row)) {
      return;
    }
    ByteString blob = row.blob();
    switch (row.bucket()) {
      case AuthRows.USERS -> {
        if (blob == null) {
          edit().removeUser(row.id().toStringUtf8());
        } else {
          edit().put(AuthRows.user(blob));
        }
      }
      case AuthRows.ROLES -> {
        if (blob == null) {
          edit().removeRole(row.id().toStringUtf8());
        } else {
          edit().put(AuthRows.role(blob));
        }
      }
      case AuthRows.TOKENS -> {
        if (blob == null) {
          tokens.remove(row.id());
        } else if (tokens.shared()) {
          tokens.add(row.id(), blob.toStringUtf8());
        }
      }
      default -> applySetting(row.id(), blob);
    }
  }

  /**
   * Begins anew: forgets users, roles, settings and the tokens that are not among these rows. They
   * are all that there are, and are to be applied next. Who reads sees none of it before {@link
   * #commit}, but for the tokens.
   */
  public void restart(List<MetaRow> rows) {
    working = AuthState.initial();
    Set<ByteString> known = new HashSet<>();
    for (MetaRow row : rows) {
      if (row.bucket().equals(AuthRows.TOKENS)) {
        known.add(row.id());
      }
    }
    for (ByteString digest : tokens.all()) {
      if (!known.contains(digest)) {
        tokens.remove(digest);
      }
    }
  }

  private void applySetting(ByteString id, @Nullable ByteString blob) {
    if (blob != null && id.equals(AuthRows.ENABLED)) {
      edit().setEnabled(AuthRows.enabled(blob));
    } else if (blob != null && id.equals(AuthRows.REVISION)) {
      edit().setRevision(AuthRows.revision(blob));
    }
  }

  /** What was changed is durable: everybody sees it. */
  public void commit() {
    tokens.commit();
    if (working != published) {
      published = working;
    }
  }

  public void rollback() {
    tokens.rollback();
    working = published;
  }
}
