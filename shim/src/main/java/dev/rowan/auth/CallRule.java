package dev.rowan.auth;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Who may make a call, as far as that doesn't depend on keys: the one table of it. What
 * isn't in the table is for root alone.
 */
enum CallRule {
  /** Everybody; or its keys or its subject decide, which the one who carries it out looks at. */
  DECIDED_LATER,
  /** Any user. */
  USER,
  /** Those who have the role root; whoever carries it out looks again, or has nothing to do. */
  ROOT,
  /** Those who have the role root by the newest state, since nobody looks again. */
  ROOT_BY_THE_NEWEST,
  /** Any user may list alarms; the rest is for root. */
  ALARM;

  private static final Map<String, CallRule> BY_METHOD = new HashMap<>();

  static {
    table(
        DECIDED_LATER,
        "etcdserverpb.KV/",
        List.of("Range", "RangeStream", "Put", "DeleteRange", "Txn"));
    table(ROOT, "etcdserverpb.KV/", List.of("Compact"));
    table(DECIDED_LATER, "etcdserverpb.Watch/", List.of("Watch"));
    table(USER, "etcdserverpb.Lease/", List.of("LeaseGrant", "LeaseRevoke", "LeaseTimeToLive"));
    table(DECIDED_LATER, "etcdserverpb.Lease/", List.of("LeaseKeepAlive", "LeaseLeases"));
    table(USER, "etcdserverpb.Cluster/", List.of("MemberList"));
    table(
        ROOT,
        "etcdserverpb.Cluster/",
        List.of("MemberAdd", "MemberRemove", "MemberUpdate", "MemberPromote"));
    table(USER, "etcdserverpb.Maintenance/", List.of("Status"));
    table(ALARM, "etcdserverpb.Maintenance/", List.of("Alarm"));
    table(ROOT, "etcdserverpb.Maintenance/", List.of("MoveLeader", "Downgrade"));
    table(
        ROOT_BY_THE_NEWEST,
        "etcdserverpb.Maintenance/",
        List.of("Defragment", "Hash", "HashKV", "Snapshot"));
    table(
        DECIDED_LATER,
        "etcdserverpb.Auth/",
        List.of("AuthStatus", "Authenticate", "UserGet", "RoleGet"));
    table(
        ROOT,
        "etcdserverpb.Auth/",
        List.of(
            "AuthEnable",
            "AuthDisable",
            "UserAdd",
            "UserList",
            "UserDelete",
            "UserChangePassword",
            "UserGrantRole",
            "UserRevokeRole",
            "RoleAdd",
            "RoleList",
            "RoleDelete",
            "RoleGrantPermission",
            "RoleRevokePermission"));
    // They do all they do through calls of KV, Lease and Watch, with their caller's credentials.
    table(DECIDED_LATER, "v3lockpb.Lock/", List.of("Lock", "Unlock"));
    table(
        DECIDED_LATER,
        "v3electionpb.Election/",
        List.of("Campaign", "Proclaim", "Leader", "Observe", "Resign"));
  }

  private static void table(CallRule rule, String service, List<String> methods) {
    methods.forEach(method -> BY_METHOD.put(service + method, rule));
  }

  /**
   * The rule of a call.
   *
   * @param method its full name, {@code etcdserverpb.KV/Range}
   */
  static CallRule of(String method) {
    return BY_METHOD.getOrDefault(method, ROOT);
  }

  /**
   * Whether a call is to be judged by the newest state of a shared log: it reads or changes what is
   * there, and who may is asked here alone.
   */
  boolean judgedHereAlone() {
    return this == ROOT_BY_THE_NEWEST || this == ALARM;
  }

  /** Every method that the table has. */
  static Iterable<String> methods() {
    return BY_METHOD.keySet();
  }
}
