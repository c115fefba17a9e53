package main

import (
	"context"
	"slices"
	"time"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	// An id that no server chose: they are random in 63 bits.
	unknownLease clientv3.LeaseID = 0x7ead
	// Seconds of the leases that are awaited. etcd raises a shorter time to its minimum, 2 by default.
	shortTTL = 2
	// How long after its time a lease may live on: etcd looks every half second.
	expiryGrace = 5 * time.Second
)

var leaseChecks = []check{
	{"lease-grant-and-time-to-live", func(t *T) {
		before := t.revision()
		g, err := t.c.Grant(t.ctx, 100)
		noError(t, "grant", err)
		t.leases = append(t.leases, g.ID)
		isTrue(t, "the server chose an id", g.ID != 0)
		equal(t, "granted", g.TTL, 100)
		equal(t, "revision", g.Revision, before)
		t.put("b", "", clientv3.WithLease(g.ID))
		t.put("a", "", clientv3.WithLease(g.ID))
		ttl, err := t.c.TimeToLive(t.ctx, g.ID, clientv3.WithAttachedKeys())
		noError(t, "time to live", err)
		equal(t, "granted", ttl.GrantedTTL, 100)
		isTrue(t, "time is left", ttl.TTL > 90 && ttl.TTL <= 100)
		var keys []string
		for _, k := range ttl.Keys {
			keys = append(keys, string(k))
		}
		slices.Sort(keys)
		equalLists(t, "attached keys", keys, t.key("a"), t.key("b"))
		without, err := t.c.TimeToLive(t.ctx, g.ID)
		noError(t, "time to live", err)
		equal(t, "keys unless asked for", len(without.Keys), 0)
	}},
	{"lease-of-a-chosen-id", func(t *T) {
		id := clientv3.LeaseID(time.Now().UnixNano())
		g, err := t.rawGrant(int64(id), 60)
		noError(t, "grant", err)
		equal(t, "id", g.ID, int64(id))
		_, err = t.rawGrant(int64(id), 60)
		wantError(t, "same id again", rpctypes.Error(err), rpctypes.ErrLeaseExist)
		_, err = t.c.Revoke(t.ctx, id)
		noError(t, "revoke", err)
		_, err = t.rawGrant(int64(id), 60)
		noError(t, "grant after the revoke", err)
	}},
	{"lease-of-no-time-gets-the-minimum", func(t *T) {
		for _, asked := range []int64{0, -1, 1} {
			g, err := t.c.Grant(t.ctx, asked)
			noError(t, "grant", err)
			isTrue(t, "the granted time is at least a second", g.TTL >= 1)
		}
	}},
	{"lease-list", func(t *T) {
		id := t.grant(60)
		listed := func() bool {
			r, err := t.c.Leases(t.ctx)
			noError(t, "leases", err)
			return slices.Contains(r.Leases, clientv3.LeaseStatus{ID: id})
		}
		isTrue(t, "a lease is listed", listed())
		_, err := t.c.Revoke(t.ctx, id)
		noError(t, "revoke", err)
		isTrue(t, "a revoked lease is not", !listed())
	}},
	{"lease-revoke-deletes-its-keys", func(t *T) {
		id := t.grant(60)
		for _, name := range []string{"b", "c", "a"} {
			t.put(name, "", clientv3.WithLease(id))
		}
		t.put("d", "")
		w := t.watch("", clientv3.WithPrefix())
		before := t.revision()
		r, err := t.c.Revoke(t.ctx, id)
		noError(t, "revoke", err)
		equal(t, "revision", r.Header.Revision, before+1)
		equalLists(t, "events", t.tell(w.next(t).Events), "DELETE a=", "DELETE b=", "DELETE c=")
		equalLists(t, "left", t.names(t.get("", t.end()).Kvs), "d")
		ttl, err := t.c.TimeToLive(t.ctx, id)
		noError(t, "time to live", err)
		equal(t, "time left of no lease", ttl.TTL, -1)
	}},
	{"lease-revoke-without-keys-moves-nothing", func(t *T) {
		id := t.grant(60)
		before := t.revision()
		_, err := t.c.Revoke(t.ctx, id)
		noError(t, "revoke", err)
		equal(t, "revision", t.revision(), before)
	}},
	{"lease-leaves-keys-that-moved", func(t *T) {
		one, other := t.grant(60), t.grant(60)
		t.put("moved", "", clientv3.WithLease(one))
		t.put("moved", "", clientv3.WithLease(other))
		t.put("freed", "", clientv3.WithLease(one))
		t.put("freed", "")
		_, err := t.c.Revoke(t.ctx, one)
		noError(t, "revoke", err)
		equalLists(t, "keys", t.names(t.get("", t.end()).Kvs), "freed", "moved")
	}},
	{"lease-expires", func(t *T) {
		sent := time.Now()
		id := t.grant(shortTTL)
		t.put("b", "2", clientv3.WithLease(id))
		put := t.put("a", "1", clientv3.WithLease(id)).Header.Revision
		r := t.watch("", clientv3.WithPrefix(), clientv3.WithPrevKV()).next(t)
		took := time.Since(sent)
		isTrue(t, "not before its time", took >= shortTTL*time.Second)
		isTrue(t, "soon after its time", took < shortTTL*time.Second+expiryGrace)
		equalLists(t, "events", t.tell(r.Events), "DELETE a=", "DELETE b=")
		equal(t, "revision of both", r.Events[1].Kv.ModRevision, put+1)
		equal(t, "previous value", string(r.Events[0].PrevKv.Value), "1")
		equal(t, "keys", len(t.get("", t.end()).Kvs), 0)
		ttl, err := t.c.TimeToLive(t.ctx, id)
		noError(t, "time to live", err)
		equal(t, "time left", ttl.TTL, -1)
	}},
	{"lease-kept-alive-lives-on", func(t *T) {
		sent := time.Now()
		id := t.grant(shortTTL)
		t.put("k", "", clientv3.WithLease(id))
		alive, err := t.c.KeepAlive(t.ctx, id)
		noError(t, "keep alive", err)
		for time.Since(sent) < 2*shortTTL*time.Second+time.Second {
			select {
			case r := <-alive:
				isTrue(t, "the lease is kept", r != nil && r.TTL >= shortTTL)
			case <-t.ctx.Done():
				t.fail("no answer to a keepalive")
			}
		}
		equal(t, "keys", len(t.get("k").Kvs), 1)
	}},
	{"lease-kept-alive-once", func(t *T) {
		id := t.grant(60)
		r, err := t.c.KeepAliveOnce(t.ctx, id)
		noError(t, "keep alive", err)
		equal(t, "id", r.ID, id)
		equal(t, "time", r.TTL, 60)
		_, err = t.c.KeepAliveOnce(t.ctx, unknownLease)
		wantLocalError(t, "keep alive of no lease", err, rpctypes.ErrLeaseNotFound)
	}},
	{"lease-unknown", func(t *T) {
		_, err := t.c.Put(t.ctx, t.key("k"), "", clientv3.WithLease(unknownLease))
		wantError(t, "put", err, rpctypes.ErrLeaseNotFound)
		_, err = t.c.Revoke(t.ctx, unknownLease)
		wantError(t, "revoke", err, rpctypes.ErrLeaseNotFound)
		ttl, err := t.c.TimeToLive(t.ctx, unknownLease)
		noError(t, "time to live", err)
		equal(t, "time left", ttl.TTL, -1)
		equal(t, "granted", ttl.GrantedTTL, 0)
	}},
	{"lease-too-long", func(t *T) {
		_, err := t.c.Grant(t.ctx, 9_000_000_001)
		wantError(t, "grant", err, rpctypes.ErrLeaseTTLTooLarge)
	}},
}

func (t *T) grant(seconds int64) clientv3.LeaseID {
	g, err := t.c.Grant(t.ctx, seconds)
	noError(t, "grant", err)
	t.leases = append(t.leases, g.ID)
	return g.ID
}

// revokeAll ends the leases of this check, even of one that failed: the end of a lease moves the revision, which another
// check may just count. Some are gone already; that a revoke works is for the lease checks to prove.
func (t *T) revokeAll() {
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	for _, id := range t.leases {
		_, _ = t.c.Revoke(ctx, id)
	}
}
