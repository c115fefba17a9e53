package dev.rowan.auth;

import com.google.protobuf.ByteString;
import dev.rowan.error.EtcdError;
import dev.rowan.mvcc.KeyRange;
import dev.rowan.proto.authpb.Permission;
import dev.rowan.proto.authpb.Role;
import dev.rowan.proto.authpb.User;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Whether auth is on, with every user and role, at one auth revision; and what each user may do
 * . Changed only by the {@link AuthBook} and before it is published; any thread may read what
 * is published.
 */
public final class AuthState {
  /** The user and the role that may do everything. */
  static final String ROOT = "root";

  /** Names in the order in which etcd lists them: by their bytes. */
  static final Comparator<String> BY_BYTES =
      Comparator.comparing(
          ByteString::copyFromUtf8, ByteString.unsignedLexicographicalComparator());

  private final Map<String, User> users;
  private final Map<String, Role> roles;
  private boolean enabled;
  private long revision;

  /** What users may read and write, worked out when one is first asked about. */
  private final Map<String, Grants> grants = new ConcurrentHashMap<>();

  private record Grants(KeyIntervals reads, KeyIntervals writes) {}

  private AuthState(
      Map<String, User> users, Map<String, Role> roles, boolean enabled, long revision) {
    this.users = users;
    this.roles = roles;
    this.enabled = enabled;
    this.revision = revision;
  }

  /** That of a fresh store. */
  static AuthState initial() {
    return new AuthState(new HashMap<>(), new HashMap<>(), false, 1);
  }

  /** The same, to be changed. */
  AuthState copy() {
    return new AuthState(new HashMap<>(users), new HashMap<>(roles), enabled, revision);
  }

  public boolean enabled() {
    return enabled;
  }

  public long revision() {
    return revision;
  }

  @Nullable User user(String name) {
    return users.get(name);
  }

  @Nullable Role role(String name) {
    return roles.get(name);
  }

  List<String> userNames() {
    return sorted(users.keySet());
  }

  List<String> roleNames() {
    return sorted(roles.keySet());
  }

  private static List<String> sorted(Set<String> names) {
    List<String> sorted = new ArrayList<>(names);
    sorted.sort(BY_BYTES);
    return sorted;
  }

  void setEnabled(boolean enabled) {
    this.enabled = enabled;
  }

  void setRevision(long revision) {
    this.revision = revision;
  }

  void put(User user) {
    users.put(user.getName().toStringUtf8(), user);
    grants.clear();
  }

  void removeUser(String name) {
    users.remove(name);
    grants.clear();
  }

  void put(Role role) {
    roles.put(role.getName().toStringUtf8(), role);
    grants.clear();
  }

  void removeRole(String name) {
    roles.remove(name);
    grants.clear();
  }

  /**
   * Throws the refusal if the caller's token is one of an older auth revision. Whether the user's
   * password was changed since, or the user deleted and added again, can't be told from it, so it
   * is good for no call.
   */
  void requireRevision(Caller caller) {
    if (enabled
        && caller instanceof Caller.Named(_, long of, Caller.Proof proof)
        && proof.equals(Caller.Proof.SIGNED)
        && of < revision) {
      throw EtcdError.AUTH_OLD_REVISION.exception();
    }
  }

  /** Throws the refusal unless the caller is a user. */
  public void requireUser(Caller caller) {
    if (!enabled) {
      return;
    }
    switch (caller) {
      case Caller.Unnamed.INTERNAL -> {}
      case Caller.Unnamed.NOBODY -> throw EtcdError.USER_EMPTY.exception();
      case Caller.Named(String name, _, _) -> {
        if (!users.containsKey(name)) {
          throw absent(name).exception();
        }
      }
    }
  }

  private static EtcdError absent(String name) {
    return name.isEmpty() ? EtcdError.USER_EMPTY : EtcdError.USER_NOT_FOUND;
  }

  /** Throws the refusal unless the caller may do everything. */
  public void requireRoot(Caller caller) {
    EtcdError refusal = rootRefusal(caller);
    if (refusal != null) {
      throw refusal.exception();
    }
  }

  /** Whether the caller may do everything. */
  public boolean isRoot(Caller caller) {
    return rootRefusal(caller) == null;
  }

  private @Nullable EtcdError rootRefusal(Caller caller) {
    if (!enabled) {
      return null;
    }
    return switch (caller) {
      case Caller.Unnamed.INTERNAL -> null;
      case Caller.Unnamed.NOBODY -> EtcdError.USER_EMPTY;
      case Caller.Named(String name, _, _) -> {
        User user = users.get(name);
        if (user == null) {
          yield absent(name);
        }
        yield hasRoot(user) ? null : EtcdError.PERMISSION_DENIED;
      }
    };
  }

  static boolean hasRoot(User user) {
    return user.getRolesList().contains(ROOT);
  }

  /** Whether a role is granted to the caller. */
  boolean hasRole(Caller caller, String role) {
    User user = caller instanceof Caller.Named(String name, _, _) ? users.get(name) : null;
    return user != null && user.getRolesList().contains(role);
  }

  /** Throws the refusal unless the caller may read every key of a range. */
  public void requireRead(Caller caller, KeyRange range) {
    require(caller, range, false);
  }

  /** Throws the refusal unless the caller may write every key of a range. */
  public void requireWrite(Caller caller, KeyRange range) {
    require(caller, range, true);
  }

  private void require(Caller caller, KeyRange range, boolean write) {
    if (!enabled) {
      return;
    }
    switch (caller) {
      case Caller.Unnamed.INTERNAL -> {}
      case Caller.Unnamed.NOBODY -> throw EtcdError.USER_EMPTY.exception();
      case Caller.Named(String name, long authRevision, _) -> {
        if (authRevision < revision) {
          throw EtcdError.AUTH_OLD_REVISION.exception();
        }
        User user = users.get(name);
        if (user == null || !(hasRoot(user) || granted(name, user, range, write))) {
          throw EtcdError.PERMISSION_DENIED.exception();
        }
      }
    }
  }

  private boolean granted(String name, User user, KeyRange range, boolean write) {
    Grants of = grants.computeIfAbsent(name, _ -> grants(user));
    return (write ? of.writes : of.reads).covers(range);
  }

  private Grants grants(User user) {
    List<KeyRange> reads = new ArrayList<>();
    List<KeyRange> writes = new ArrayList<>();
    for (String roleName : user.getRolesList()) {
      Role role = roles.get(roleName);
      List<Permission> permissions = role == null ? List.of() : role.getKeyPermissionList();
      for (Permission permission : permissions) {
        KeyRange range = KeyRange.of(permission.getKey(), permission.getRangeEnd());
        switch (permission.getPermType()) {
          case READ -> reads.add(range);
          case WRITE -> writes.add(range);
          case READWRITE -> {
            reads.add(range);
            writes.add(range);
          }
          case UNRECOGNIZED -> {}
        }
      }
    }
    return new Grants(KeyIntervals.union(reads), KeyIntervals.union(writes));
  }
}
