package main

import (
	"fmt"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

var txnChecks = []check{
	{"txn-create-update-delete-as-kubernetes-does", func(t *T) {
		k := t.key("k")
		unchanged := func(revision int64) clientv3.Cmp { return clientv3.Compare(clientv3.ModRevision(k), "=", revision) }
		before := t.revision()
		created := t.txn([]clientv3.Cmp{unchanged(0)}, []clientv3.Op{clientv3.OpPut(k, "1")}, nil)
		equal(t, "created", created.Succeeded, true)
		equal(t, "revision of the create", created.Header.Revision, before+1)
		again := t.txn([]clientv3.Cmp{unchanged(0)}, []clientv3.Op{clientv3.OpPut(k, "x")}, nil)
		equal(t, "created again", again.Succeeded, false)
		equal(t, "answers of a create that failed", len(again.Responses), 0)
		equal(t, "revision of a failed txn", again.Header.Revision, before+1)
		stale := t.txn([]clientv3.Cmp{unchanged(before)}, []clientv3.Op{clientv3.OpPut(k, "x")}, []clientv3.Op{clientv3.OpGet(k)})
		equal(t, "stale update", stale.Succeeded, false)
		equalLists(t, "what the stale update saw", t.list(stale.Responses[0].GetResponseRange().Kvs), "k=1")
		updated := t.txn([]clientv3.Cmp{unchanged(before + 1)}, []clientv3.Op{clientv3.OpPut(k, "2")}, []clientv3.Op{clientv3.OpGet(k)})
		equal(t, "updated", updated.Succeeded, true)
		equal(t, "revision of the update", updated.Header.Revision, before+2)
		gone := t.txn([]clientv3.Cmp{unchanged(before + 2)}, []clientv3.Op{clientv3.OpDelete(k)}, []clientv3.Op{clientv3.OpGet(k)})
		equal(t, "deleted", gone.Responses[0].GetResponseDeleteRange().Deleted, 1)
		missing := t.txn([]clientv3.Cmp{unchanged(before + 2)}, []clientv3.Op{clientv3.OpDelete(k)}, []clientv3.Op{clientv3.OpGet(k)})
		equal(t, "deleted again", missing.Succeeded, false)
		equal(t, "keys that it saw", len(missing.Responses[0].GetResponseRange().Kvs), 0)
	}},
	{"txn-compares-every-target", func(t *T) {
		id := t.grant(60)
		t.put("k", "0")
		created := t.get("k").Kvs[0].CreateRevision
		changed := t.put("k", "m", clientv3.WithLease(id)).Header.Revision
		k := t.key("k")
		t.compares("version", clientv3.Version(k), int64(1), int64(2), int64(3))
		t.compares("create revision", clientv3.CreateRevision(k), created-1, created, created+1)
		t.compares("mod revision", clientv3.ModRevision(k), changed-1, changed, changed+1)
		t.compares("value", clientv3.Value(k), "l", "m", "n")
		t.compares("lease", clientv3.LeaseValue(k), id-1, id, id+1)
	}},
	{"txn-compares-a-missing-key", func(t *T) {
		k := t.key("missing")
		equal(t, "version 0", t.holds(clientv3.Compare(clientv3.Version(k), "=", 0)), true)
		equal(t, "create revision 0", t.holds(clientv3.Compare(clientv3.CreateRevision(k), "=", 0)), true)
		equal(t, "mod revision 0", t.holds(clientv3.Compare(clientv3.ModRevision(k), "=", 0)), true)
		equal(t, "lease 0", t.holds(clientv3.Compare(clientv3.LeaseValue(k), "=", clientv3.LeaseID(0))), true)
		equal(t, "empty value", t.holds(clientv3.Compare(clientv3.Value(k), "=", "")), false)
		equal(t, "another value", t.holds(clientv3.Compare(clientv3.Value(k), "!=", "x")), false)
	}},
	{"txn-compares-every-key-of-a-range", func(t *T) {
		t.put("a", "1")
		t.put("b", "1")
		all := func(value string) bool {
			return t.holds(clientv3.Compare(clientv3.Value(t.prefix), "=", value).WithPrefix())
		}
		equal(t, "all 1", all("1"), true)
		t.put("b", "2")
		equal(t, "not all 1", all("1"), false)
	}},
	{"txn-needs-all-compares", func(t *T) {
		t.put("k", "1")
		good := clientv3.Compare(clientv3.Value(t.key("k")), "=", "1")
		bad := clientv3.Compare(clientv3.Value(t.key("k")), "=", "2")
		equal(t, "good and bad", t.holds(good, bad), false)
		equal(t, "good and good", t.holds(good, good), true)
		equal(t, "none", t.holds(), true)
	}},
	{"txn-is-one-revision-in-order", func(t *T) {
		t.put("old", "0")
		before := t.revision()
		r := t.txn(nil, []clientv3.Op{
			clientv3.OpPut(t.key("a"), "1"),
			clientv3.OpGet(t.prefix, clientv3.WithPrefix()),
			clientv3.OpPut(t.key("b"), "2"),
			clientv3.OpDelete(t.key("old")),
			clientv3.OpGet(t.prefix, clientv3.WithPrefix()),
		}, nil)
		equal(t, "revision", r.Header.Revision, before+1)
		equal(t, "answers", len(r.Responses), 5)
		equalLists(t, "first read", t.list(r.Responses[1].GetResponseRange().Kvs), "a=1", "old=0")
		equalLists(t, "last read", t.list(r.Responses[4].GetResponseRange().Kvs), "a=1", "b=2")
		for _, kv := range t.get("", t.end()).Kvs {
			equal(t, "mod revision", kv.ModRevision, before+1)
		}
	}},
	{"txn-that-only-reads-moves-nothing", func(t *T) {
		before := t.put("k", "1").Header.Revision
		r := t.txn(nil, []clientv3.Op{clientv3.OpGet(t.key("k"))}, nil)
		equal(t, "revision", r.Header.Revision, before)
		equal(t, "later revision", t.revision(), before)
	}},
	{"txn-in-a-txn", func(t *T) {
		t.put("k", "1")
		before := t.revision()
		is := func(value string) []clientv3.Cmp {
			return []clientv3.Cmp{clientv3.Compare(clientv3.Value(t.key("k")), "=", value)}
		}
		r := t.txn(is("1"), []clientv3.Op{
			clientv3.OpPut(t.key("k"), "2"),
			clientv3.OpTxn(is("1"), // compares see the state before the whole transaction
				[]clientv3.Op{clientv3.OpPut(t.key("then"), ""), clientv3.OpGet(t.key("k"))},
				[]clientv3.Op{clientv3.OpPut(t.key("else"), "")}),
			clientv3.OpTxn(is("2"), nil, []clientv3.Op{clientv3.OpPut(t.key("else2"), "")}),
		}, nil)
		inner := r.Responses[1].GetResponseTxn()
		equal(t, "inner compare", inner.Succeeded, true)
		equalLists(t, "inner read", t.list(inner.Responses[1].GetResponseRange().Kvs), "k=2")
		equal(t, "second inner compare", r.Responses[2].GetResponseTxn().Succeeded, false)
		equal(t, "revision", r.Header.Revision, before+1)
		equalLists(t, "keys", t.list(t.get("", t.end()).Kvs), "else2=", "k=2", "then=")
	}},
	{"txn-that-fails-changes-nothing", func(t *T) {
		before := t.revision()
		_, err := t.c.Txn(t.ctx).Then(clientv3.OpPut(t.key("a"), ""),
			clientv3.OpPut(t.key("b"), "", clientv3.WithLease(unknownLease))).Commit()
		wantError(t, "put with an unknown lease", err, rpctypes.ErrLeaseNotFound)
		equal(t, "revision", t.revision(), before)
		equal(t, "keys", len(t.get("", t.end()).Kvs), 0)
	}},
	{"txn-checks-only-the-chosen-branch-for-leases", func(t *T) {
		t.txn(nil, []clientv3.Op{clientv3.OpPut(t.key("a"), "")},
			[]clientv3.Op{clientv3.OpPut(t.key("b"), "", clientv3.WithLease(unknownLease))})
	}},
	{"txn-of-128-operations", func(t *T) {
		t.txn(nil, t.puts(128), nil)
		equal(t, "count", t.get("", t.end(), clientv3.WithCountOnly()).Count, 128)
	}},
	{"txn-may-delete-twice", func(t *T) {
		t.put("k", "1")
		r := t.txn(nil, []clientv3.Op{clientv3.OpDelete(t.key("k")), clientv3.OpDelete(t.key("k"))}, nil)
		equal(t, "first", r.Responses[0].GetResponseDeleteRange().Deleted, 1)
		equal(t, "second", r.Responses[1].GetResponseDeleteRange().Deleted, 0)
	}},
}

func (t *T) txn(when []clientv3.Cmp, then, otherwise []clientv3.Op) *clientv3.TxnResponse {
	r, err := t.c.Txn(t.ctx).If(when...).Then(then...).Else(otherwise...).Commit()
	noError(t, "txn", err)
	return r
}

func (t *T) holds(when ...clientv3.Cmp) bool { return t.txn(when, nil, nil).Succeeded }

// compares proves all four operators on a target whose value is equal.
func (t *T) compares(name string, target clientv3.Cmp, less, is, greater any) {
	for _, one := range []struct {
		operator string
		with     any
		want     bool
	}{
		{"=", is, true}, {"=", less, false}, {"!=", is, false}, {"!=", less, true},
		{">", less, true}, {">", is, false}, {"<", greater, true}, {"<", is, false},
	} {
		what := fmt.Sprintf("%s %s %v", name, one.operator, one.with)
		equal(t, what, t.holds(clientv3.Compare(target, one.operator, one.with)), one.want)
	}
}

// puts returns so many operations on keys of their own.
func (t *T) puts(count int) []clientv3.Op {
	var ops []clientv3.Op
	for i := range count {
		ops = append(ops, clientv3.OpPut(t.key(fmt.Sprintf("%03d", i)), ""))
	}
	return ops
}
