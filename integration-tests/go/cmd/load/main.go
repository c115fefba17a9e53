// Command load drives an etcd v3 endpoint with the requests that kube-apiserver sends and prints one JSON line for each
// workload. It exits 1 if any operation failed or answered wrongly, 2 on a wrong flag.
//
//	load -endpoint 127.0.0.1:2379 -workloads create,update,get,list,watch,delete -clients 50 -n 20000
//	load -endpoint 127.0.0.1:2379 -workloads fill,list,count -keys 100000 -n 2000
//
// The keys below -prefix are always prefix+00000000 up to some last number without a hole: fill and create add behind
// the last, delete takes from the end, the others use those that exist. So any sequence of workloads and of runs is
// legal, and every answer can be checked.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

var (
	endpoint  = flag.String("endpoint", "127.0.0.1:2379", "endpoints of the store, comma separated")
	workloads = flag.String("workloads", "create,update,get,list,watch,delete",
		"comma separated, in order: fill, create, update, put, get, list, count, delete, watch")
	clients   = flag.Int("clients", 50, "concurrent requesters")
	conns     = flag.Int("conns", 8, "gRPC connections that the requesters and watchers share")
	n         = flag.Int("n", 20000, "operations of a workload at most; puts of the watch workload")
	seconds   = flag.Int("seconds", 60, "a workload starts no operation after so long; fill is not limited by it")
	keys      = flag.Int("keys", 0, "number of keys that fill leaves below the prefix")
	valueSize = flag.Int("value", 1024, "bytes of a value, at least 8")
	prefix    = flag.String("prefix", "/registry/load/", "where the keys are; nothing else may be there")
	page      = flag.Int("page", 500, "limit of a list")
	watchers  = flag.Int("watchers", 100, "streams of the watch workload")
	label     = flag.String("label", "", "copied into every line")
)

// Time that one request may take until it counts as failed: far above any healthy latency, so that a stalled server
// ends the run with an error instead of holding it up.
const requestTimeout = 30 * time.Second

func main() {
	flag.Parse()
	names := strings.Split(*workloads, ",")
	for _, name := range names {
		if !slices.Contains(known, name) {
			usage("unknown workload %q", name)
		}
	}
	if min(*clients, *conns, *n, *seconds, *page, *watchers) < 1 || *keys < 0 || *valueSize < 8 || flag.NArg() > 0 {
		usage("clients, conns, n, seconds, page and watchers are at least 1, value at least 8; no further arguments")
	}
	if slices.Contains(names, "fill") && *keys == 0 {
		usage("fill needs -keys")
	}
	ok, err := runAll(names)
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
	}
	if err != nil || !ok {
		os.Exit(1)
	}
}

func usage(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "load: "+format+"\n", args...)
	os.Exit(2)
}

func runAll(names []string) (ok bool, err error) {
	cs := make([]*clientv3.Client, *conns)
	for i := range cs {
		if cs[i], err = dial(); err != nil {
			return false, err
		}
		defer cs[i].Close()
	}
	s, err := openSpace(cs)
	if err != nil {
		return false, err
	}
	ok = true
	for _, name := range names {
		r, err := s.workload(name)
		if err != nil {
			return false, fmt.Errorf("%s: %w", name, err)
		}
		r.print()
		ok = ok && r.Errors == 0
	}
	return ok, nil
}

func dial() (*clientv3.Client, error) {
	return clientv3.New(clientv3.Config{Endpoints: strings.Split(*endpoint, ","), Logger: zap.NewNop()})
}

func requestContext() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), requestTimeout)
}
