package main

import (
	"go.etcd.io/etcd/api/v3/etcdserverpb"
)

// Requests that clientv3 has no call for.

// rawGrant asks for a lease of a chosen id.
func (t *T) rawGrant(id, seconds int64) (*etcdserverpb.LeaseGrantResponse, error) {
	return etcdserverpb.NewLeaseClient(t.c.ActiveConnection()).
		LeaseGrant(t.ctx, &etcdserverpb.LeaseGrantRequest{ID: id, TTL: seconds})
}

// rawWatch opens a watch without clientv3, which would join the fragments.
func (t *T) rawWatch(create *etcdserverpb.WatchCreateRequest) etcdserverpb.Watch_WatchClient {
	stream, err := etcdserverpb.NewWatchClient(t.c.ActiveConnection()).Watch(t.ctx)
	noError(t, "watch stream", err)
	noError(t, "watch create", stream.Send(&etcdserverpb.WatchRequest{
		RequestUnion: &etcdserverpb.WatchRequest_CreateRequest{CreateRequest: create},
	}))
	r, err := stream.Recv()
	noError(t, "watch created", err)
	isTrue(t, "the watch is created", r.Created)
	return stream
}
