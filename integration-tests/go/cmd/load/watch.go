package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// Requesters that put while the watchers listen: enough that puts are not what limits the deliveries.
const watchWriters = 8

// fanOut is one run of the watch workload: every watcher gets every put. A put carries its number in the first 8 bytes
// of its value; the writers change one key each, so that the workload leaves few keys behind.
type fanOut struct {
	prefix string
	from   int64 // revision from which the watchers start, as kube-apiserver's do
	start  time.Time
	sent   []atomic.Int64 // nanoseconds after start, by number of the put
}

func (s *space) watch(limit time.Duration) (result, error) {
	f := &fanOut{prefix: strings.TrimSuffix(*prefix, "/") + "-watch/", start: time.Now(), sent: make([]atomic.Int64, *n)}
	ctx, cancel := context.WithTimeout(context.Background(), limit+2*requestTimeout)
	defer cancel()
	writer, err := dial() // not one of the watchers' connections: its answers would queue behind their events
	if err != nil {
		return result{}, err
	}
	defer writer.Close()
	if f.from, err = nextRevision(writer); err != nil {
		return result{}, err
	}

	received := make([]samples, *watchers)
	last := make([]time.Duration, *watchers)
	var live, ended sync.WaitGroup
	live.Add(*watchers)
	for i := range *watchers {
		ended.Go(func() {
			last[i] = f.listen(ctx, s.conns[i%len(s.conns)], i, &received[i], live.Done)
		})
	}
	if err := f.mark(writer, f.beginKey()); err != nil {
		return result{}, err
	}
	live.Wait() // listen calls Done even if it fails

	began := time.Since(f.start)
	puts, started := (&space{conns: []*clientv3.Client{writer}}).run("watch", watchWriters, *n, limit, f.writer(s.value))
	if err := f.mark(writer, f.endKey()); err != nil {
		return result{}, err
	}
	ended.Wait()

	end := began
	for i := range received {
		end = max(end, last[i])
		if missing := started - puts.Errors - len(received[i].latencies); missing != 0 {
			received[i].fail(fmt.Errorf("watcher %d lacks %d events", i, missing))
		}
	}
	r := summarize("watch", received, end-began)
	r.Clients, r.Watchers, r.WatchedPuts, r.WatchedPutsPS = watchWriters, *watchers, started, puts.OpsPerSec
	r.Errors += puts.Errors
	if r.FirstError == "" {
		r.FirstError = puts.FirstError
	}
	return r, nil
}

// writer returns the operation that puts.
func (f *fanOut) writer(value string) func(w *worker, i int) error {
	var revisions [watchWriters]int64
	return func(w *worker, i int) error {
		k := f.prefix + strconv.Itoa(w.id)
		if w.done == 0 {
			revision, err := modRevision(w.client, k)
			if err != nil {
				return err
			}
			revisions[w.id] = revision
		}
		content := []byte(value)
		binary.BigEndian.PutUint64(content, uint64(i))
		f.sent[i].Store(int64(time.Since(f.start)))
		revision, err := putIfUnchanged(w.client, k, string(content), revisions[w.id])
		if err == nil {
			revisions[w.id] = revision
		}
		return err
	}
}

func (f *fanOut) beginKey() string { return f.prefix + "begin" }

func (f *fanOut) endKey() string { return f.prefix + "end" }

// mark makes a put that is not counted: every watcher gets the first before the others are sent, and stops at the last.
func (f *fanOut) mark(c *clientv3.Client, k string) error {
	revision, err := modRevision(c, k)
	if err == nil {
		_, err = putIfUnchanged(c, k, "", revision)
	}
	return err
}

// listen collects every delivery between the two marks, on a stream of its own, and returns the time of the last.
func (f *fanOut) listen(ctx context.Context, c *clientv3.Client, id int, got *samples, ready func()) (last time.Duration) {
	ready = sync.OnceFunc(ready)
	defer ready()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends the stream
	stream, err := pb.NewWatchClient(c.ActiveConnection()).Watch(ctx)
	if err == nil {
		err = stream.Send(&pb.WatchRequest{RequestUnion: &pb.WatchRequest_CreateRequest{CreateRequest: &pb.WatchCreateRequest{
			Key: []byte(f.prefix), RangeEnd: []byte(clientv3.GetPrefixRangeEnd(f.prefix)), StartRevision: f.from}}})
	}
	var revision int64
	for err == nil {
		var r *pb.WatchResponse
		if r, err = stream.Recv(); err != nil {
			break
		}
		if r.Canceled {
			err = fmt.Errorf("cancelled: %s", r.CancelReason)
			break
		}
		now := time.Since(f.start)
		for _, e := range r.Events {
			if e.Kv.ModRevision <= revision {
				got.fail(fmt.Errorf("watcher %d: event of revision %d after %d", id, e.Kv.ModRevision, revision))
			}
			revision = e.Kv.ModRevision
			switch string(e.Kv.Key) {
			case f.beginKey():
				ready()
				continue
			case f.endKey():
				return last
			}
			number := binary.BigEndian.Uint64(e.Kv.Value)
			got.latencies = append(got.latencies, now-time.Duration(f.sent[number].Load()))
			last = now
		}
	}
	got.fail(fmt.Errorf("watcher %d ended early: %w", id, err))
	return last
}

// modRevision returns 0 if the key does not exist.
func modRevision(c *clientv3.Client, k string) (int64, error) {
	ctx, cancel := requestContext()
	defer cancel()
	r, err := c.Get(ctx, k)
	if err != nil || len(r.Kvs) == 0 {
		return 0, err
	}
	return r.Kvs[0].ModRevision, nil
}

func nextRevision(c *clientv3.Client) (int64, error) {
	ctx, cancel := requestContext()
	defer cancel()
	r, err := c.Get(ctx, *prefix, clientv3.WithCountOnly())
	if err != nil {
		return 0, err
	}
	return r.Header.Revision + 1, nil
}
