package main

import (
	"strings"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/codes"
)

var errorChecks = []check{
	{"error-empty-key", func(t *T) {
		_, err := t.c.Put(t.ctx, "", "value")
		wantError(t, "put", err, rpctypes.ErrEmptyKey)
		_, err = t.c.Get(t.ctx, "")
		wantError(t, "get", err, rpctypes.ErrEmptyKey)
		_, err = t.c.Delete(t.ctx, "")
		wantError(t, "delete", err, rpctypes.ErrEmptyKey)
		_, err = t.c.Txn(t.ctx).If(clientv3.Compare(clientv3.Version(""), "=", 0)).Commit()
		wantError(t, "compare", err, rpctypes.ErrEmptyKey)
		_, err = t.c.Txn(t.ctx).Else(clientv3.OpPut("", "")).Commit()
		wantError(t, "put in the branch not chosen", err, rpctypes.ErrEmptyKey)
	}},
	{"error-ignore-options", func(t *T) {
		_, err := t.c.Put(t.ctx, t.key("missing"), "", clientv3.WithIgnoreValue())
		wantError(t, "no value to keep", err, rpctypes.ErrKeyNotFound)
		_, err = t.c.Put(t.ctx, t.key("missing"), "", clientv3.WithIgnoreLease())
		wantError(t, "no lease to keep", err, rpctypes.ErrKeyNotFound)
		_, err = t.c.Put(t.ctx, t.key("k"), "value", clientv3.WithIgnoreValue())
		wantError(t, "value given", err, rpctypes.ErrValueProvided)
		_, err = t.c.Put(t.ctx, t.key("k"), "", clientv3.WithIgnoreLease(), clientv3.WithLease(unknownLease))
		wantError(t, "lease given", err, rpctypes.ErrLeaseProvided)
	}},
	{"error-duplicate-key", func(t *T) {
		put, again := clientv3.OpPut(t.key("k"), "1"), clientv3.OpPut(t.key("k"), "2")
		duplicate := func(what string, ops ...clientv3.Op) {
			_, err := t.c.Txn(t.ctx).Then(ops...).Commit()
			wantError(t, what, err, rpctypes.ErrDuplicateKey)
		}
		duplicate("two puts", put, again)
		duplicate("put and delete", put, clientv3.OpDelete(t.key("k")))
		duplicate("delete of a range and put", clientv3.OpDelete(t.prefix, clientv3.WithPrefix()), put)
		duplicate("put and nested put", put, clientv3.OpTxn(nil, []clientv3.Op{again}, nil))
		t.txn(nil, []clientv3.Op{clientv3.OpTxn(nil, []clientv3.Op{put}, []clientv3.Op{again})}, nil)
	}},
	{"error-too-many-operations", func(t *T) {
		_, err := t.c.Txn(t.ctx).Then(t.puts(129)...).Commit()
		wantError(t, "129 operations", err, rpctypes.ErrTooManyOps)
		nested := append(t.puts(127), clientv3.OpTxn(nil, []clientv3.Op{clientv3.OpPut(t.key("nested"), "")}, nil))
		_, err = t.c.Txn(t.ctx).Then(nested...).Commit()
		wantError(t, "128 operations, one with another inside", err, rpctypes.ErrTooManyOps)
	}},
	{"error-request-too-large", func(t *T) {
		value := strings.Repeat("x", 1536<<10)
		_, err := t.c.Put(t.ctx, t.key("k"), value)
		wantError(t, "put of 1.5 MiB and a key", err, rpctypes.ErrRequestTooLarge)
		half := clientv3.OpPut(t.key("a"), value[:len(value)/2])
		other := clientv3.OpPut(t.key("b"), value[:len(value)/2])
		_, err = t.c.Txn(t.ctx).Then(half, other).Commit()
		wantError(t, "txn", err, rpctypes.ErrRequestTooLarge)
	}},
	{"error-message-too-long", func(t *T) {
		_, err := etcdserverpb.NewKVClient(t.c.ActiveConnection()).Put(t.ctx,
			&etcdserverpb.PutRequest{Key: []byte(t.key("k")), Value: make([]byte, 3<<20)})
		isTrue(t, "the server refuses more than 2 MiB as exhausted resources",
			err != nil && t.last.Load().Code() == codes.ResourceExhausted)
	}},
	{"error-future-revision", func(t *T) {
		future := t.revision() + 1000
		_, err := t.c.Get(t.ctx, t.key("k"), clientv3.WithRev(future))
		wantError(t, "get", err, rpctypes.ErrFutureRev)
		_, err = t.c.Txn(t.ctx).Then(clientv3.OpGet(t.key("k"), clientv3.WithRev(future))).Commit()
		wantError(t, "txn", err, rpctypes.ErrFutureRev)
		_, err = t.c.Compact(t.ctx, future)
		wantError(t, "compact", err, rpctypes.ErrFutureRev)
	}},
	{"error-invalid-sort-option", func(t *T) {
		_, err := etcdserverpb.NewKVClient(t.c.ActiveConnection()).Range(t.ctx,
			&etcdserverpb.RangeRequest{Key: []byte(t.key("k")), SortOrder: 7})
		wantStatus(t, "sort order 7", err, codes.InvalidArgument, "etcdserver: invalid sort option")
	}},
	{"error-unset-operation", func(t *T) {
		_, err := etcdserverpb.NewKVClient(t.c.ActiveConnection()).Txn(t.ctx,
			&etcdserverpb.TxnRequest{Success: []*etcdserverpb.RequestOp{{}}})
		wantStatus(t, "operation of no kind", err, codes.InvalidArgument, "etcdserver: key not found")
	}},
	{"error-empty-watch-range", func(t *T) {
		stream, err := etcdserverpb.NewWatchClient(t.c.ActiveConnection()).Watch(t.ctx)
		noError(t, "watch stream", err)
		create := &etcdserverpb.WatchCreateRequest{Key: []byte("b"), RangeEnd: []byte("a")}
		noError(t, "watch create", stream.Send(&etcdserverpb.WatchRequest{
			RequestUnion: &etcdserverpb.WatchRequest_CreateRequest{CreateRequest: create},
		}))
		r, err := stream.Recv()
		noError(t, "answer", err)
		isTrue(t, "the watch is created and canceled", r.Created && r.Canceled && r.WatchId == -1)
		equal(t, "reason", r.CancelReason, "mvcc: watcher range is empty")
	}},
	{"error-of-users-and-roles", func(t *T) {
		_, err := t.c.UserGet(t.ctx, "nobody")
		wantError(t, "user get", err, rpctypes.ErrUserNotFound)
		_, err = t.c.RoleGet(t.ctx, "nothing")
		wantError(t, "role get", err, rpctypes.ErrRoleNotFound)
		_, err = t.c.UserAdd(t.ctx, "", "secret")
		wantError(t, "user add", err, rpctypes.ErrUserEmpty)
		_, err = t.c.RoleAdd(t.ctx, "")
		wantError(t, "role add", err, rpctypes.ErrRoleEmpty)
		_, err = t.c.Authenticate(t.ctx, "nobody", "secret")
		wantError(t, "authenticate", err, rpctypes.ErrAuthNotEnabled)
	}},
}
