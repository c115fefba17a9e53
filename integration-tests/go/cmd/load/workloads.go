package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	pb "go.etcd.io/etcd/api/v3/etcdserverpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

var known = []string{"fill", "create", "update", "put", "get", "list", "count", "delete", "watch"}

const (
	// Requesters of fill, whatever -clients says: enough to keep any store busy.
	fillClients = 64
	// Keys in one answer while revisions are read, as kube-apiserver pages its own reads.
	scanPage = 10_000
)

// space is the keys below the prefix as this program left or found them.
type space struct {
	conns []*clientv3.Client
	value string
	total int
	// Mod revision by key number; 0 where it is not known. As long as total.
	revisions []int64
}

func openSpace(conns []*clientv3.Client) (*space, error) {
	value := make([]byte, *valueSize)
	rand.Read(value)
	ctx, cancel := requestContext()
	defer cancel()
	r, err := conns[0].Get(ctx, *prefix, clientv3.WithPrefix(), clientv3.WithCountOnly())
	if err != nil {
		return nil, fmt.Errorf("counting the keys at the start: %w", err)
	}
	return &space{conns: conns, value: string(value), total: int(r.Count), revisions: make([]int64, r.Count)}, nil
}

func key(i int) string { return fmt.Sprintf("%s%08d", *prefix, i) }

func (s *space) workload(name string) (result, error) {
	limit := time.Duration(*seconds) * time.Second
	switch name {
	case "fill":
		return s.create(name, fillClients, max(*keys-s.total, 0), time.Hour), nil
	case "create":
		return s.create(name, *clients, *n, limit), nil
	case "watch":
		return s.watch(limit)
	}
	if s.total < *clients {
		return result{}, fmt.Errorf("%d keys below %s are too few for %d clients", s.total, *prefix, *clients)
	}
	switch name {
	case "update", "delete":
		if err := s.readRevisions(); err != nil {
			return result{}, err
		}
		if name == "delete" {
			return s.delete(limit), nil
		}
		return s.each(name, limit, s.update), nil
	case "put":
		return s.each(name, limit, s.put), nil
	case "get":
		return s.each(name, limit, s.get), nil
	case "list":
		return s.each(name, limit, s.list), nil
	default:
		return s.each(name, limit, s.count), nil
	}
}

func (s *space) each(name string, limit time.Duration, op func(w *worker) error) result {
	r, _ := s.run(name, *clients, *n, limit, func(w *worker, _ int) error { return op(w) })
	return r
}

// create adds up to count keys with kube-apiserver's create.
func (s *space) create(name string, workers, count int, limit time.Duration) result {
	first := s.total
	s.revisions = append(s.revisions, make([]int64, count)...)
	r, started := s.run(name, workers, count, limit, func(w *worker, i int) (err error) {
		s.revisions[first+i], err = putIfUnchanged(w.client, key(first+i), s.value, 0)
		return err
	})
	s.total += started
	s.revisions = s.revisions[:s.total]
	return r
}

func (s *space) update(w *worker) (err error) {
	i := w.own(s.total)
	s.revisions[i], err = putIfUnchanged(w.client, key(i), s.value, s.revisions[i])
	return err
}

func (s *space) put(w *worker) error {
	i := w.own(s.total)
	ctx, cancel := requestContext()
	defer cancel()
	r, err := w.client.Put(ctx, key(i), s.value)
	if err == nil {
		s.revisions[i] = r.Header.Revision
	}
	return err
}

// get reads one key linearizably.
func (s *space) get(w *worker) error {
	ctx, cancel := requestContext()
	defer cancel()
	k := key(w.rand.IntN(s.total))
	r, err := kv(w.client).Range(ctx, &pb.RangeRequest{Key: []byte(k)})
	if err == nil && len(r.Kvs) != 1 {
		err = fmt.Errorf("%s is missing", k)
	}
	return err
}

// list reads one full page from a random place, as a paginating list does.
func (s *space) list(w *worker) error {
	first := w.rand.IntN(max(s.total-*page, 0) + 1)
	ctx, cancel := requestContext()
	defer cancel()
	r, err := kv(w.client).Range(ctx, &pb.RangeRequest{Key: []byte(key(first)),
		RangeEnd: []byte(clientv3.GetPrefixRangeEnd(*prefix)), Limit: int64(*page)})
	if err != nil {
		return err
	}
	if want := min(*page, s.total); len(r.Kvs) != want || r.Count != int64(s.total-first) {
		return fmt.Errorf("page of %d keys, count %d from %s; want %d, %d", len(r.Kvs), r.Count, key(first), want, s.total-first)
	}
	return nil
}

func (s *space) count(w *worker) error {
	ctx, cancel := requestContext()
	defer cancel()
	r, err := kv(w.client).Range(ctx, &pb.RangeRequest{Key: []byte(*prefix),
		RangeEnd: []byte(clientv3.GetPrefixRangeEnd(*prefix)), CountOnly: true})
	if err == nil && r.Count != int64(s.total) {
		err = fmt.Errorf("count %d; want %d", r.Count, s.total)
	}
	return err
}

// delete removes up to n keys from the end.
func (s *space) delete(limit time.Duration) result {
	last := s.total - 1
	r, started := s.run("delete", *clients, min(*n, s.total), limit, func(w *worker, i int) error {
		k := key(last - i)
		ctx, cancel := requestContext()
		defer cancel()
		r, err := kv(w.client).Txn(ctx, &pb.TxnRequest{
			Compare: unchanged(k, s.revisions[last-i]),
			Success: []*pb.RequestOp{{Request: &pb.RequestOp_RequestDeleteRange{
				RequestDeleteRange: &pb.DeleteRangeRequest{Key: []byte(k)}}}},
			Failure: get(k),
		})
		if err == nil && !r.Succeeded {
			err = errors.New("delete refused: the key was changed by someone else")
		}
		return err
	})
	s.total -= started
	s.revisions = s.revisions[:s.total]
	return r
}

// readRevisions reads the mod revisions of keys that an earlier run created.
func (s *space) readRevisions() error {
	for first := 0; first < s.total; first += scanPage {
		if s.known(first, min(first+scanPage, s.total)) {
			continue
		}
		if err := s.readPage(first); err != nil {
			return fmt.Errorf("reading revisions: %w", err)
		}
	}
	return nil
}

func (s *space) known(from, to int) bool {
	for _, revision := range s.revisions[from:to] {
		if revision == 0 {
			return false
		}
	}
	return true
}

func (s *space) readPage(first int) error {
	ctx, cancel := requestContext()
	defer cancel()
	r, err := s.conns[0].Get(ctx, key(first), clientv3.WithRange(clientv3.GetPrefixRangeEnd(*prefix)),
		clientv3.WithLimit(scanPage), clientv3.WithKeysOnly())
	if err != nil {
		return err
	}
	for i, kv := range r.Kvs {
		number, err := strconv.Atoi(strings.TrimPrefix(string(kv.Key), *prefix))
		if err != nil || number != first+i {
			return fmt.Errorf("found %q where %q should be: the prefix has other keys", kv.Key, key(first+i))
		}
		s.revisions[number] = kv.ModRevision
	}
	return nil
}

// putIfUnchanged is kube-apiserver's create (revision 0) and update; it returns the new revision.
func putIfUnchanged(c *clientv3.Client, k, value string, revision int64) (int64, error) {
	ctx, cancel := requestContext()
	defer cancel()
	txn := &pb.TxnRequest{
		Compare: unchanged(k, revision),
		Success: []*pb.RequestOp{{Request: &pb.RequestOp_RequestPut{
			RequestPut: &pb.PutRequest{Key: []byte(k), Value: []byte(value)}}}},
	}
	if revision != 0 {
		txn.Failure = get(k)
	}
	r, err := kv(c).Txn(ctx, txn)
	if err != nil {
		return 0, err
	}
	if !r.Succeeded {
		return 0, fmt.Errorf("put refused: the key no longer has revision %d", revision)
	}
	return r.Header.Revision, nil
}

// kv is the plain generated client: the less of the machine the load takes, the more a table says about the servers.
func kv(c *clientv3.Client) pb.KVClient { return pb.NewKVClient(c.ActiveConnection()) }

func unchanged(k string, revision int64) []*pb.Compare {
	return []*pb.Compare{{Target: pb.Compare_MOD, Key: []byte(k), TargetUnion: &pb.Compare_ModRevision{ModRevision: revision}}}
}

func get(k string) []*pb.RequestOp {
	return []*pb.RequestOp{{Request: &pb.RequestOp_RequestRange{RequestRange: &pb.RangeRequest{Key: []byte(k)}}}}
}
