package main

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

var watchChecks = []check{
	{"watch-tells-created-first", func(t *T) {
		before := t.revision()
		equal(t, "revision", t.watch("k").created, before)
	}},
	{"watch-put-and-delete", func(t *T) {
		id := t.grant(60)
		w := t.watch("k")
		put := t.put("k", "1", clientv3.WithLease(id)).Header.Revision
		gone := t.delete("k").Header.Revision
		events := w.events(t, 2)
		isTrue(t, "create", events[0].IsCreate())
		equal(t, "value", string(events[0].Kv.Value), "1")
		equal(t, "version", events[0].Kv.Version, 1)
		equal(t, "lease", events[0].Kv.Lease, int64(id))
		equal(t, "mod revision", events[0].Kv.ModRevision, put)
		equal(t, "type", events[1].Type, clientv3.EventTypeDelete)
		equal(t, "key", string(events[1].Kv.Key), t.key("k"))
		equal(t, "mod revision of the delete", events[1].Kv.ModRevision, gone)
		equal(t, "create revision of the delete", events[1].Kv.CreateRevision, 0)
		equal(t, "version of the delete", events[1].Kv.Version, 0)
		equal(t, "length of its value", len(events[1].Kv.Value), 0)
		isTrue(t, "no previous value unless asked for", events[1].PrevKv == nil)
	}},
	{"watch-sees-only-its-range", func(t *T) {
		one, prefix, half := t.watch("b"), t.watch("b", clientv3.WithPrefix()), t.watch("b", t.rangeTo("c"))
		from := t.watch("b", clientv3.WithFromKey())
		for _, name := range []string{"a", "b", "bb", "c"} {
			t.put(name, "")
		}
		t.delete("b")
		equalLists(t, "one key", one.told(t, 2), "PUT b=", "DELETE b=")
		equalLists(t, "prefix", prefix.told(t, 3), "PUT b=", "PUT bb=", "DELETE b=")
		equalLists(t, "half open range", half.told(t, 3), "PUT b=", "PUT bb=", "DELETE b=")
		equalLists(t, "from key", from.told(t, 4), "PUT b=", "PUT bb=", "PUT c=", "DELETE b=")
	}},
	{"watch-previous-values", func(t *T) {
		w := t.watch("k", clientv3.WithPrevKV())
		t.put("k", "1")
		t.put("k", "2")
		t.delete("k")
		t.put("k", "3")
		events := w.events(t, 4)
		isTrue(t, "none at the create", events[0].PrevKv == nil)
		equal(t, "at the update", string(events[1].PrevKv.Value), "1")
		isTrue(t, "update", events[1].IsModify())
		equal(t, "at the delete", string(events[2].PrevKv.Value), "2")
		equal(t, "version at the delete", events[2].PrevKv.Version, 2)
		isTrue(t, "none at the next create", events[3].PrevKv == nil)
	}},
	{"watch-filters", func(t *T) {
		noPut, noDelete := t.watch("k", clientv3.WithFilterPut()), t.watch("k", clientv3.WithFilterDelete())
		t.put("k", "1")
		t.delete("k")
		t.put("k", "2")
		t.delete("k")
		equalLists(t, "without puts", noPut.told(t, 2), "DELETE k=", "DELETE k=")
		equalLists(t, "without deletes", noDelete.told(t, 2), "PUT k=1", "PUT k=2")
	}},
	{"watch-replays-from-a-revision", func(t *T) {
		t.put("k", "1")
		from := t.put("k", "2").Header.Revision
		t.put("other", "")
		t.delete("k")
		w := t.watch("k", clientv3.WithRev(from))
		t.put("k", "3")
		equalLists(t, "events", w.told(t, 3), "PUT k=2", "DELETE k=", "PUT k=3")
	}},
	{"watch-resumes-without-gap-or-double", func(t *T) {
		start := t.revision() + 1
		resume := func() { // each new watch begins while writes commit, in whatever order
			w := t.watch("", clientv3.WithPrefix(), clientv3.WithRev(start))
			for _, e := range w.next(t).Events {
				equal(t, "revision", e.Kv.ModRevision, start)
				start++
			}
			w.cancel()
		}
		stop := t.putUntilStopped(8)
		for range 30 {
			resume()
		}
		stop()
		for last := t.revision(); start <= last; {
			resume()
		}
	}},
	{"watch-waits-for-a-future-revision", func(t *T) {
		w := t.watch("k", clientv3.WithRev(t.revision()+3))
		for i := range 4 {
			t.put("k", fmt.Sprint(i))
		}
		equalLists(t, "events", w.told(t, 2), "PUT k=2", "PUT k=3")
	}},
	{"watch-gets-a-txn-in-one-piece", func(t *T) {
		live := t.watch("", clientv3.WithPrefix())
		t.put("b", "0")
		live.events(t, 1)
		revision := t.txn(nil, []clientv3.Op{clientv3.OpPut(t.key("c"), "1"), clientv3.OpDelete(t.key("b")),
			clientv3.OpPut(t.key("a"), "2")}, nil).Header.Revision
		replay := t.watch("", clientv3.WithPrefix(), clientv3.WithRev(revision))
		for _, w := range []*watching{live, replay} {
			r := w.next(t)
			equalLists(t, "events", t.tell(r.Events), "PUT c=1", "DELETE b=", "PUT a=2")
			equal(t, "header revision", r.Header.Revision, revision)
			equal(t, "mod revision", r.Events[1].Kv.ModRevision, revision)
		}
	}},
	{"watch-tells-a-range-delete-in-key-order", func(t *T) {
		for _, name := range []string{"c", "a", "b"} {
			t.put(name, "")
		}
		w := t.watch("", clientv3.WithPrefix())
		t.delete("", clientv3.WithPrefix())
		equalLists(t, "events", t.tell(w.next(t).Events), "DELETE a=", "DELETE b=", "DELETE c=")
	}},
	{"watch-fragments-big-answers", func(t *T) {
		stream := t.rawWatch(&etcdserverpb.WatchCreateRequest{
			Key: []byte(t.prefix), RangeEnd: []byte(clientv3.GetPrefixRangeEnd(t.prefix)), PrevKv: true, Fragment: true,
		})
		merged := t.watch("", clientv3.WithPrefix(), clientv3.WithPrevKV(), clientv3.WithFragment())
		whole := t.watch("", clientv3.WithPrefix(), clientv3.WithPrevKV())
		t.putBig("1")
		first, err := stream.Recv() // before the next put: a watcher that is behind may get both in one answer
		noError(t, "first put", err)
		equal(t, "events of the first put", len(first.Events), 4)
		equal(t, "the first put is a fragment", first.Fragment, false)
		for _, w := range []*watching{merged, whole} {
			equal(t, "events of the first put", len(w.next(t).Events), 4)
		}
		t.putBig("2") // with the previous values more than the 2 MiB from which on etcd splits
		t.checkFragments(stream, first.Header.Revision+1)
		for _, w := range []*watching{merged, whole} {
			equal(t, "events of the second put", len(w.next(t).Events), 4)
		}
	}},
	{"watch-many-on-one-stream", func(t *T) {
		var all []*watching
		for i := range 50 {
			all = append(all, t.watch(fmt.Sprintf("%03d", i)))
		}
		t.fill(50)
		for i, w := range all {
			equalLists(t, "events", w.told(t, 1), fmt.Sprintf("PUT %03d=value", i))
		}
	}},
	{"watch-cancel-ends-it-and-no-other", func(t *T) {
		one, other := t.watch("k"), t.watch("k")
		one.cancel()
		for range one.responses { // until the client closes it
		}
		t.put("k", "1")
		equalLists(t, "events of the other", other.told(t, 1), "PUT k=1")
	}},
	{"watch-progress-on-request", func(t *T) {
		w := t.watch("k")
		t.put("k", "1")
		w.events(t, 1)
		revision := t.put("not watched", "").Header.Revision
		again := time.NewTicker(100 * time.Millisecond) // etcd drops a request while a watcher catches up
		defer again.Stop()
		for {
			noError(t, "progress request", t.c.RequestProgress(t.ctx))
			select {
			case r := <-w.responses:
				isTrue(t, "progress notification", r.IsProgressNotify())
				if r.Header.Revision >= revision {
					return
				}
			case <-again.C:
			case <-t.ctx.Done():
				t.fail("no progress notification of revision %d", revision)
			}
		}
	}},
	{"watch-progress-on-time", func(t *T) {
		if *progressNotify == 0 {
			panic(skipped("-progress-notify does not tell the server's interval"))
		}
		w := t.watch("k", clientv3.WithProgressNotify())
		revision := t.put("not watched", "").Header.Revision
		for deadline := time.After(3**progressNotify + time.Second); ; {
			select {
			case r := <-w.responses:
				isTrue(t, "progress notification", r.IsProgressNotify())
				if r.Header.Revision >= revision {
					return
				}
			case <-deadline:
				t.fail("no progress notification of revision %d in time", revision)
			}
		}
	}},
}

// watching is a watch that exists on the server.
type watching struct {
	responses clientv3.WatchChan
	cancel    context.CancelFunc
	created   int64             // revision of the store then
	rest      []*clientv3.Event // received and not yet asked for
}

// watch returns when the server has created the watch, so that it sees every later change.
func (t *T) watch(name string, options ...clientv3.OpOption) *watching {
	ctx, cancel := context.WithCancel(t.ctx)
	options = append(options, clientv3.WithCreatedNotify())
	w := &watching{responses: t.c.Watch(ctx, t.key(name), options...), cancel: cancel}
	r := w.next(t)
	isTrue(t, "the first response tells that the watch exists", r.Created && len(r.Events) == 0)
	w.created = r.Header.Revision
	return w
}

func (w *watching) next(t *T) clientv3.WatchResponse {
	select {
	case r, open := <-w.responses:
		isTrue(t, "the watch is open", open)
		noError(t, "watch", r.Err())
		return r
	case <-t.ctx.Done():
		t.fail("no further event came")
		panic("fail does not return")
	}
}

// events waits for so many events.
func (w *watching) events(t *T, count int) []*clientv3.Event {
	for len(w.rest) < count {
		w.rest = append(w.rest, w.next(t).Events...)
	}
	got := w.rest[:count]
	w.rest = w.rest[count:]
	return got
}

// told waits for so many events and gives each as text.
func (w *watching) told(t *T, count int) []string { return t.tell(w.events(t, count)) }

func (t *T) tell(events []*clientv3.Event) []string {
	var all []string
	for _, e := range events {
		all = append(all, fmt.Sprintf("%s %s=%s", e.Type, strings.TrimPrefix(string(e.Kv.Key), t.prefix), e.Kv.Value))
	}
	return all
}

// putUntilStopped puts from several goroutines; stop waits for the last answers.
func (t *T) putUntilStopped(writers int) (stop func()) {
	var stopped atomic.Bool
	ended := make(chan error, writers)
	for writer := range writers {
		go func() {
			var err error
			for err == nil && !stopped.Load() {
				_, err = t.c.Put(t.ctx, t.key(fmt.Sprint(writer)), "")
			}
			ended <- err
		}()
	}
	return func() {
		stopped.Store(true)
		for range writers {
			noError(t, "put", <-ended)
		}
	}
}

// putBig puts four values of 350 KiB in one transaction.
func (t *T) putBig(digit string) {
	var ops []clientv3.Op
	for _, name := range []string{"a", "b", "c", "d"} {
		ops = append(ops, clientv3.OpPut(t.key(name), strings.Repeat(digit, 350<<10)))
	}
	t.txn(nil, ops, nil)
}

// checkFragments reads the four events of one revision, which come in more than one piece.
func (t *T) checkFragments(stream etcdserverpb.Watch_WatchClient, revision int64) {
	pieces, events := 0, 0
	for more := true; more; pieces++ {
		r, err := stream.Recv()
		noError(t, "second put", err)
		equal(t, "revision of a fragment", r.Header.Revision, revision)
		events += len(r.Events)
		more = r.Fragment
	}
	equal(t, "events of the second put", events, 4)
	isTrue(t, "the second put comes in more than one piece", pieces > 1)
}
