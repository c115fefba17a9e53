package main

import (
	"strings"

	clientv3 "go.etcd.io/etcd/client/v3"
)

var kvChecks = []check{
	{"put-moves-the-revision-by-one", func(t *T) {
		first := t.put("k", "1").Header.Revision
		second := t.put("k", "2").Header.Revision
		equal(t, "second revision", second, first+1)
		r := t.get("k")
		kv := r.Kvs[0]
		equal(t, "value", string(kv.Value), "2")
		equal(t, "create revision", kv.CreateRevision, first)
		equal(t, "mod revision", kv.ModRevision, second)
		equal(t, "version", kv.Version, 2)
		equal(t, "lease", kv.Lease, 0)
		equal(t, "header revision", r.Header.Revision, second)
		isTrue(t, "the header names cluster, member and term",
			r.Header.ClusterId != 0 && r.Header.MemberId != 0 && r.Header.RaftTerm != 0)
	}},
	{"put-of-the-same-value-is-a-change", func(t *T) {
		first := t.put("k", "same").Header.Revision
		equal(t, "revision", t.put("k", "same").Header.Revision, first+1)
		equal(t, "version", t.get("k").Kvs[0].Version, 2)
	}},
	{"put-returns-the-previous-value", func(t *T) {
		isTrue(t, "a new key has none", t.put("k", "1", clientv3.WithPrevKV()).PrevKv == nil)
		previous := t.put("k", "2", clientv3.WithPrevKV()).PrevKv
		isTrue(t, "a changed key has one", previous != nil)
		equal(t, "value", string(previous.Value), "1")
		equal(t, "version", previous.Version, 1)
		isTrue(t, "none unless asked for", t.put("k", "3").PrevKv == nil)
	}},
	{"put-ignoring-value-keeps-it", func(t *T) {
		t.put("k", "kept")
		t.put("k", "", clientv3.WithIgnoreValue())
		equal(t, "value", string(t.get("k").Kvs[0].Value), "kept")
		equal(t, "version", t.get("k").Kvs[0].Version, 2)
	}},
	{"put-keeps-or-drops-the-lease", func(t *T) {
		id := t.grant(60)
		t.put("k", "1", clientv3.WithLease(id))
		t.put("k", "2", clientv3.WithIgnoreLease())
		equal(t, "lease after a put that ignores it", t.get("k").Kvs[0].Lease, int64(id))
		t.put("k", "3")
		equal(t, "lease after a plain put", t.get("k").Kvs[0].Lease, 0)
	}},
	{"values-are-any-bytes", func(t *T) {
		value := "\x00\xff\xfe k8s\x00 \xc3\x28"
		t.put("binary", value)
		equal(t, "value", string(t.get("binary").Kvs[0].Value), value)
		t.put("empty", "")
		equal(t, "length of the empty value", len(t.get("empty").Kvs[0].Value), 0)
	}},
	{"values-of-one-mebibyte", func(t *T) {
		value := strings.Repeat("0123456789abcdef", 1<<16)
		t.put("k", value)
		isTrue(t, "the value comes back", string(t.get("k").Kvs[0].Value) == value)
	}},
	{"get-of-a-missing-key-is-empty", func(t *T) {
		r := t.get("missing")
		equal(t, "keys", len(r.Kvs), 0)
		equal(t, "count", r.Count, 0)
		equal(t, "more", r.More, false)
	}},
	{"get-at-an-old-revision", func(t *T) {
		before := t.revision()
		first := t.put("k", "1").Header.Revision
		second := t.put("k", "2").Header.Revision
		gone := t.delete("k").Header.Revision
		r := t.get("k", clientv3.WithRev(first))
		equalLists(t, "first", t.list(r.Kvs), "k=1")
		equal(t, "header of an old read", r.Header.Revision, gone)
		equalLists(t, "second", t.list(t.get("k", clientv3.WithRev(second)).Kvs), "k=2")
		equal(t, "keys at the deletion", len(t.get("k", clientv3.WithRev(gone)).Kvs), 0)
		equal(t, "keys before", len(t.get("k", clientv3.WithRev(before)).Kvs), 0)
	}},
	{"get-serializable", func(t *T) {
		t.put("k", "1")
		equalLists(t, "keys", t.list(t.get("k", clientv3.WithSerializable()).Kvs), "k=1")
	}},
	{"delete-one-key", func(t *T) {
		put := t.put("k", "1").Header.Revision
		r := t.delete("k", clientv3.WithPrevKV())
		equal(t, "deleted", r.Deleted, 1)
		equal(t, "revision", r.Header.Revision, put+1)
		equalLists(t, "previous", t.list(r.PrevKvs), "k=1")
		equal(t, "keys", len(t.get("k").Kvs), 0)
	}},
	{"delete-of-nothing-moves-nothing", func(t *T) {
		before := t.revision()
		r := t.delete("missing")
		equal(t, "deleted", r.Deleted, 0)
		equal(t, "revision", r.Header.Revision, before)
		equal(t, "later revision", t.revision(), before)
	}},
	{"delete-a-range-is-one-revision", func(t *T) {
		for _, name := range []string{"c", "a", "d", "b"} {
			t.put(name, name)
		}
		before := t.revision()
		r := t.delete("a", t.rangeTo("d"), clientv3.WithPrevKV())
		equal(t, "deleted", r.Deleted, 3)
		equal(t, "revision", r.Header.Revision, before+1)
		equalLists(t, "previous", t.list(r.PrevKvs), "a=a", "b=b", "c=c")
		equalLists(t, "left", t.names(t.get("", t.end()).Kvs), "d")
	}},
	{"delete-ends-the-life-of-a-key", func(t *T) {
		t.put("k", "1")
		t.put("k", "2")
		t.delete("k")
		again := t.put("k", "3").Header.Revision
		kv := t.get("k").Kvs[0]
		equal(t, "version", kv.Version, 1)
		equal(t, "create revision", kv.CreateRevision, again)
	}},
}
