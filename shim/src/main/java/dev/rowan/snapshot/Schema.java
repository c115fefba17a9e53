package dev.rowan.snapshot;

import com.google.protobuf.ByteString;

/** Names in etcd's store. */
final class Schema {
  /** The bucket of keys and their revisions. */
  static final String KEY = "key";

  /** The bucket of what concerns the store as a whole, and the names in it. */
  static final String META = "meta";

  static final ByteString CONF_STATE = ByteString.copyFromUtf8("confState");
  static final ByteString CONSISTENT_INDEX = ByteString.copyFromUtf8("consistent_index");
  static final ByteString FINISHED_COMPACT = ByteString.copyFromUtf8("finishedCompactRev");
  static final ByteString SCHEDULED_COMPACT = ByteString.copyFromUtf8("scheduledCompactRev");
  static final ByteString STORAGE_VERSION = ByteString.copyFromUtf8("storageVersion");
  static final ByteString TERM = ByteString.copyFromUtf8("term");

  /** The buckets of the members, which a restore makes anew, and of their cluster's version. */
  static final String MEMBERS = "members";

  static final String MEMBERS_REMOVED = "members_removed";
  static final String CLUSTER = "cluster";
  static final ByteString CLUSTER_VERSION = ByteString.copyFromUtf8("clusterVersion");

  private Schema() {}
}
