package main

import (
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// compactChecks come last, because they take away the history of the whole store.
var compactChecks = []check{
	{"compact-forgets-what-is-older", func(t *T) {
		first := t.put("k", "1").Header.Revision
		second := t.put("k", "2").Header.Revision
		t.put("k", "3")
		t.compact(second)
		equalLists(t, "read at the compacted revision", t.list(t.get("k", clientv3.WithRev(second)).Kvs), "k=2")
		equalLists(t, "current value", t.list(t.get("k").Kvs), "k=3")
		_, err := t.c.Get(t.ctx, t.key("k"), clientv3.WithRev(first))
		wantError(t, "older read", err, rpctypes.ErrCompacted)
		_, err = t.c.Txn(t.ctx).Then(clientv3.OpGet(t.key("k"), clientv3.WithRev(first))).Commit()
		wantError(t, "older read in a txn", err, rpctypes.ErrCompacted)
		_, err = t.c.Compact(t.ctx, second)
		wantError(t, "same again", err, rpctypes.ErrCompacted)
		_, err = t.c.Compact(t.ctx, first)
		wantError(t, "older compaction", err, rpctypes.ErrCompacted)
		_, err = t.c.HashKV(t.ctx, *endpoint, first)
		wantError(t, "older hash", err, rpctypes.ErrCompacted)
	}},
	{"compact-does-not-move-the-revision", func(t *T) {
		before := t.put("k", "1").Header.Revision
		equal(t, "revision", t.compact(before).Header.Revision, before)
		equal(t, "later revision", t.revision(), before)
	}},
	{"compact-physical", func(t *T) {
		t.put("k", "1")
		last := t.put("k", "2").Header.Revision
		t.compact(last, clientv3.WithCompactPhysical())
		equalLists(t, "keys", t.list(t.get("k").Kvs), "k=2")
	}},
	{"compact-keeps-live-keys-and-drops-dead", func(t *T) {
		t.put("dead", "1")
		alive := t.put("alive", "1").Header.Revision
		t.delete("dead")
		last := t.put("other", "1").Header.Revision
		t.compact(last, clientv3.WithCompactPhysical())
		r := t.get("", t.end())
		equalLists(t, "keys", t.list(r.Kvs), "alive=1", "other=1")
		equal(t, "mod revision of an old key", r.Kvs[0].ModRevision, alive)
		equalLists(t, "keys at the compacted revision", t.names(t.get("", t.end(), clientv3.WithRev(last)).Kvs), "alive", "other")
	}},
	{"watch-from-before-the-compaction", func(t *T) {
		first := t.put("k", "1").Header.Revision
		t.put("k", "2")
		last := t.put("k", "3").Header.Revision
		t.compact(last)
		for r := range t.c.Watch(t.ctx, t.key("k"), clientv3.WithRev(first)) {
			wantLocalError(t, "watch", r.Err(), rpctypes.ErrCompacted)
			equal(t, "compact revision", r.CompactRevision, last)
			isTrue(t, "the watch is canceled", r.Canceled)
			return
		}
		t.fail("the watch ended without an answer")
	}},
	{"watch-from-the-compacted-revision", func(t *T) {
		t.put("k", "1")
		deleted := t.delete("k").Header.Revision
		t.put("k", "2")
		t.compact(deleted)
		w := t.watch("k", clientv3.WithRev(deleted))
		equalLists(t, "events", w.told(t, 2), "DELETE k=", "PUT k=2")
	}},
}

func (t *T) compact(revision int64, options ...clientv3.CompactOption) *clientv3.CompactResponse {
	r, err := t.c.Compact(t.ctx, revision, options...)
	noError(t, "compact", err)
	return r
}
