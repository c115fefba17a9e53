package main

import (
	"bytes"
	"crypto/sha256"
	"io"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/health/grpc_health_v1"
	"k8s.io/apimachinery/pkg/util/version"
)

var clusterChecks = []check{
	{"status", func(t *T) {
		t.put("k", "")
		r, err := t.c.Status(t.ctx, *endpoint)
		noError(t, "status", err)
		v, err := version.ParseSemantic(r.Version)
		noError(t, "version", err)
		// With an older store kube-apiserver answers consistent lists without its cache.
		isTrue(t, "the version "+r.Version+" is 3.5.13 at least", v.AtLeast(version.MustParseSemantic("3.5.13")))
		isTrue(t, "the database has a size in use", r.DbSizeInUse > 0 && r.DbSizeInUse <= r.DbSize)
		isTrue(t, "there is a leader", r.Leader != 0)
		isTrue(t, "the indexes are in order", r.RaftAppliedIndex > 0 && r.RaftAppliedIndex <= r.RaftIndex)
		isTrue(t, "there is a term", r.RaftTerm > 0)
		equal(t, "errors", len(r.Errors), 0)
		equal(t, "learner", r.IsLearner, false)
	}},
	{"member-list", func(t *T) {
		self := t.get("k").Header.MemberId
		r, err := t.c.MemberList(t.ctx)
		noError(t, "member list", err)
		for _, m := range r.Members {
			isTrue(t, "a member has a name and client addresses", m.Name != "" && len(m.ClientURLs) > 0)
			if m.ID == self {
				return
			}
		}
		t.fail("member %x, which answers, is not listed", self)
	}},
	{"member-unknown", func(t *T) {
		_, err := t.c.MemberRemove(t.ctx, 12345)
		wantError(t, "remove", err, rpctypes.ErrMemberNotFound)
		_, err = t.c.MemberPromote(t.ctx, 12345)
		wantError(t, "promote", err, rpctypes.ErrMemberNotFound)
	}},
	{"alarm-list-is-empty", func(t *T) {
		r, err := t.c.AlarmList(t.ctx)
		noError(t, "alarm list", err)
		equal(t, "alarms", len(r.Alarms), 0)
	}},
	{"hash-kv", func(t *T) {
		first := t.put("k", "1").Header.Revision
		second := t.put("k", "2").Header.Revision
		hash := func(revision int64) *clientv3.HashKVResponse {
			r, err := t.c.HashKV(t.ctx, *endpoint, revision)
			noError(t, "hash", err)
			return r
		}
		isTrue(t, "the hash changes with the data", hash(first).Hash != hash(second).Hash)
		equal(t, "hash of now", hash(0).Hash, hash(second).Hash)
		equal(t, "revision of now", hash(0).HashRevision, second)
		_, err := t.c.HashKV(t.ctx, *endpoint, second+1)
		wantError(t, "future", err, rpctypes.ErrFutureRev)
	}},
	{"defragment", func(t *T) {
		t.put("k", "1")
		_, err := t.c.Defragment(t.ctx, *endpoint)
		noError(t, "defragment", err)
		equalLists(t, "keys", t.list(t.get("k").Kvs), "k=1")
	}},
	{"snapshot-ends-with-its-checksum", func(t *T) {
		t.put("k", "1")
		r, err := t.c.SnapshotWithVersion(t.ctx)
		noError(t, "snapshot", err)
		defer r.Snapshot.Close()
		whole, err := io.ReadAll(r.Snapshot)
		noError(t, "snapshot", err)
		// What etcdctl demands before it keeps the file.
		isTrue(t, "its size is that of pages and a checksum", len(whole)%512 == sha256.Size && len(whole) > sha256.Size)
		content := whole[:len(whole)-sha256.Size]
		sum := sha256.Sum256(content)
		isTrue(t, "the checksum is right", bytes.Equal(sum[:], whole[len(content):]))
	}},
	{"health-service", func(t *T) {
		r, err := grpc_health_v1.NewHealthClient(t.c.ActiveConnection()).Check(t.ctx, &grpc_health_v1.HealthCheckRequest{})
		noError(t, "health", err)
		equal(t, "status", r.Status, grpc_health_v1.HealthCheckResponse_SERVING)
	}},
	{"users-and-roles", func(t *T) {
		user, role := t.key("user"), t.key("role")
		_, err := t.c.RoleAdd(t.ctx, role)
		noError(t, "role add", err)
		_, err = t.c.RoleAdd(t.ctx, role)
		wantError(t, "role add again", err, rpctypes.ErrRoleAlreadyExist)
		_, err = t.c.RoleGrantPermission(t.ctx, role, "a", "b", clientv3.PermissionType(clientv3.PermRead))
		noError(t, "grant permission", err)
		_, err = t.c.UserAdd(t.ctx, user, "secret")
		noError(t, "user add", err)
		_, err = t.c.UserAdd(t.ctx, user, "secret")
		wantError(t, "user add again", err, rpctypes.ErrUserAlreadyExist)
		_, err = t.c.UserGrantRole(t.ctx, user, role)
		noError(t, "grant role", err)
		got, err := t.c.UserGet(t.ctx, user)
		noError(t, "user get", err)
		equalLists(t, "roles", got.Roles, role)
		permissions, err := t.c.RoleGet(t.ctx, role)
		noError(t, "role get", err)
		equal(t, "permissions", len(permissions.Perm), 1)
		equal(t, "key", string(permissions.Perm[0].Key), "a")
		_, err = t.c.UserDelete(t.ctx, user)
		noError(t, "user delete", err)
		_, err = t.c.RoleDelete(t.ctx, role)
		noError(t, "role delete", err)
	}},
}
