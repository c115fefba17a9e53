package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"go.etcd.io/etcd/api/v3/mvccpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type check struct {
	name string
	run  func(t *T)
}

// A check ends by panicking with one of these.
type (
	failure string
	skipped string
)

// T is what a running check works with.
type T struct {
	ctx    context.Context
	c      *clientv3.Client
	last   *atomic.Pointer[status.Status] // wire status of the last unary call
	prefix string                         // of all keys of this check
	leases []clientv3.LeaseID             // granted by this check
}

func (t *T) fail(format string, args ...any) { panic(failure(fmt.Sprintf(format, args...))) }

func (t *T) key(name string) string { return t.prefix + name }

func noError(t *T, what string, err error) {
	if err != nil {
		t.fail("%s: %v", what, err)
	}
}

func equal[V comparable](t *T, what string, got, want V) {
	if got != want {
		t.fail("%s is %v, not %v", what, got, want)
	}
}

func isTrue(t *T, what string, got bool) {
	if !got {
		t.fail("not so: %s", what)
	}
}

func equalLists(t *T, what string, got []string, want ...string) {
	if !slices.Equal(got, want) {
		t.fail("%s is %q, not %q", what, got, want)
	}
}

// wantError checks what users see, the identity of the client's error, and what other clients see, the code.
func wantError(t *T, what string, err, want error) {
	wantLocalError(t, what, err, want)
	if code := want.(rpctypes.EtcdError).Code(); t.last.Load().Code() != code {
		t.fail("%s: code %v, not %v", what, t.last.Load().Code(), code)
	}
}

// wantLocalError is wantError where the client makes the error, or gets it on a stream.
func wantLocalError(t *T, what string, err, want error) {
	if err != want {
		t.fail("%s: error %v, not %v", what, err, want)
	}
}

// wantStatus checks the answer to a call made without clientv3.
func wantStatus(t *T, what string, err error, code codes.Code, text string) {
	got := status.Convert(err)
	if got.Code() != code || got.Message() != text {
		t.fail("%s: %v %q, not %v %q", what, got.Code(), got.Message(), code, text)
	}
}

func (t *T) put(name, value string, options ...clientv3.OpOption) *clientv3.PutResponse {
	r, err := t.c.Put(t.ctx, t.key(name), value, options...)
	noError(t, "put "+name, err)
	return r
}

func (t *T) get(name string, options ...clientv3.OpOption) *clientv3.GetResponse {
	r, err := t.c.Get(t.ctx, t.key(name), options...)
	noError(t, "get "+name, err)
	return r
}

func (t *T) delete(name string, options ...clientv3.OpOption) *clientv3.DeleteResponse {
	r, err := t.c.Delete(t.ctx, t.key(name), options...)
	noError(t, "delete "+name, err)
	return r
}

func (t *T) revision() int64 { return t.get("").Header.Revision }

// end is the end of the range of all keys of this check; rangeTo that of the keys below name.
func (t *T) end() clientv3.OpOption { return clientv3.WithRange(clientv3.GetPrefixRangeEnd(t.prefix)) }

func (t *T) rangeTo(name string) clientv3.OpOption { return clientv3.WithRange(t.key(name)) }

// list gives key=value of each, without the prefix.
func (t *T) list(kvs []*mvccpb.KeyValue) []string {
	var all []string
	for _, kv := range kvs {
		all = append(all, strings.TrimPrefix(string(kv.Key), t.prefix)+"="+string(kv.Value))
	}
	return all
}

// names gives the keys without the prefix.
func (t *T) names(kvs []*mvccpb.KeyValue) []string {
	var all []string
	for _, kv := range kvs {
		all = append(all, strings.TrimPrefix(string(kv.Key), t.prefix))
	}
	return all
}
