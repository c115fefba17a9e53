package main

import (
	"fmt"

	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

var rangeChecks = []check{
	{"range-is-in-byte-order", func(t *T) {
		for _, name := range []string{"b", "a\xff", "a", "B", "a\x00", "a/b", "é", "~"} {
			t.put(name, "")
		}
		equalLists(t, "keys", t.names(t.get("", t.end()).Kvs), "B", "a", "a\x00", "a/b", "a\xff", "b", "~", "é")
	}},
	{"range-forms", func(t *T) {
		for _, name := range []string{"a", "ab", "abc", "b", "c"} {
			t.put(name, "")
		}
		equalLists(t, "prefix", t.names(t.get("a", clientv3.WithPrefix()).Kvs), "a", "ab", "abc")
		equalLists(t, "half open", t.names(t.get("ab", t.rangeTo("b")).Kvs), "ab", "abc")
		equalLists(t, "empty", t.names(t.get("b", t.rangeTo("a")).Kvs))
		from := t.get("abc", clientv3.WithFromKey(), clientv3.WithLimit(3))
		equalLists(t, "from key", t.names(from.Kvs), "abc", "b", "c")
	}},
	{"range-limit-more-and-count", func(t *T) {
		t.fill(10)
		r := t.get("", t.end(), clientv3.WithLimit(4))
		equal(t, "keys", len(r.Kvs), 4)
		equal(t, "more", r.More, true)
		equal(t, "count", r.Count, 10)
		r = t.get("", t.end(), clientv3.WithLimit(10))
		equal(t, "keys of a full page", len(r.Kvs), 10)
		equal(t, "more of a full page", r.More, false)
	}},
	{"range-continues-after-the-last-key", func(t *T) {
		t.fill(25)
		pinned := t.revision()
		t.put("011a", "later")
		t.delete("020")
		seen, from := 0, ""
		for _, want := range []int{10, 10, 5} {
			r := t.get(from, t.end(), clientv3.WithLimit(10), clientv3.WithRev(pinned))
			equal(t, "count", r.Count, int64(25-seen))
			equal(t, "page", len(r.Kvs), want)
			equal(t, "first key", t.names(r.Kvs)[0], fmt.Sprintf("%03d", seen))
			seen += want
			from = t.names(r.Kvs)[want-1] + "\x00"
		}
	}},
	{"range-keys-only", func(t *T) {
		revision := t.put("k", "value").Header.Revision
		kv := t.get("k", clientv3.WithKeysOnly()).Kvs[0]
		equal(t, "length of the value", len(kv.Value), 0)
		equal(t, "mod revision", kv.ModRevision, revision)
	}},
	{"range-count-only", func(t *T) {
		t.fill(7)
		r := t.get("", t.end(), clientv3.WithCountOnly(), clientv3.WithLimit(2))
		equal(t, "keys", len(r.Kvs), 0)
		equal(t, "count", r.Count, 7)
		equal(t, "more", r.More, false)
	}},
	{"range-sorts-by-every-target", func(t *T) {
		for _, name := range []string{"c", "a", "b", "a", "c", "c"} {
			t.put(name, map[string]string{"a": "3", "b": "2", "c": "1"}[name])
		}
		for target, want := range map[clientv3.SortTarget][]string{
			clientv3.SortByKey: {"a", "b", "c"}, clientv3.SortByVersion: {"b", "a", "c"},
			clientv3.SortByCreateRevision: {"c", "a", "b"}, clientv3.SortByModRevision: {"b", "a", "c"},
			clientv3.SortByValue: {"c", "b", "a"},
		} {
			what := fmt.Sprintf("order by target %d", target)
			up := t.get("", t.end(), clientv3.WithSort(target, clientv3.SortAscend))
			equalLists(t, what, t.names(up.Kvs), want...)
			down := t.get("", t.end(), clientv3.WithSort(target, clientv3.SortDescend))
			equalLists(t, what+" downwards", t.names(down.Kvs), want[2], want[1], want[0])
		}
	}},
	{"range-sorts-before-it-cuts", func(t *T) {
		for _, name := range []string{"c", "a", "b"} {
			t.put(name, "")
		}
		first := t.get("", append(clientv3.WithFirstCreate(), t.end())...)
		equalLists(t, "first created", t.names(first.Kvs), "c")
		last := t.get("", append(clientv3.WithLastRev(), t.end())...)
		equalLists(t, "last changed", t.names(last.Kvs), "b")
		equal(t, "more", last.More, true)
	}},
	{"range-filters-by-revision", func(t *T) {
		a := t.put("a", "").Header.Revision
		b := t.put("b", "").Header.Revision
		c := t.put("c", "").Header.Revision
		again := t.put("a", "").Header.Revision
		r := t.get("", t.end(), clientv3.WithMinModRev(c))
		equalLists(t, "min mod", t.names(r.Kvs), "a", "c")
		equal(t, "count, which no filter changes", r.Count, 3)
		equalLists(t, "max mod", t.names(t.get("", t.end(), clientv3.WithMaxModRev(again-1)).Kvs), "b", "c")
		equalLists(t, "min create", t.names(t.get("", t.end(), clientv3.WithMinCreateRev(b)).Kvs), "b", "c")
		equalLists(t, "max create", t.names(t.get("", t.end(), clientv3.WithMaxCreateRev(a)).Kvs), "a")
	}},
	{"range-at-an-old-revision", func(t *T) {
		t.put("a", "1")
		t.put("b", "1")
		old := t.delete("a").Header.Revision
		t.put("a", "2")
		t.put("b", "2")
		r := t.get("", t.end(), clientv3.WithRev(old))
		equalLists(t, "keys", t.list(r.Kvs), "b=1")
		equal(t, "count", r.Count, 1)
	}},
	{"range-stream-is-the-range-in-pieces", func(t *T) {
		t.fill(100)
		stream, err := t.c.GetStream(t.ctx, t.prefix, clientv3.WithPrefix(), clientv3.WithLimit(60))
		noError(t, "range stream", err)
		r, err := clientv3.GetStreamToGetResponse(stream)
		if status.Code(err) == codes.Unimplemented {
			panic(skipped("the server has no RangeStream; clients fall back to Range"))
		}
		noError(t, "range stream", err)
		whole := t.get("", t.end(), clientv3.WithLimit(60))
		equalLists(t, "keys", t.list(r.Kvs), t.list(whole.Kvs)...)
		equal(t, "count", r.Count, whole.Count)
		equal(t, "more", r.More, whole.More)
		equal(t, "revision", r.Header.Revision, whole.Header.Revision)
	}},
}

// fill puts keys 000, 001, ...
func (t *T) fill(count int) {
	for i := range count {
		t.put(fmt.Sprintf("%03d", i), "value")
	}
}
