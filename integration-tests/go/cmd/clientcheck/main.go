// Command clientcheck proves with etcd's own Go client that a server behaves as etcd does. It prints "ok NAME",
// "skip NAME: why" or "FAIL NAME: why" for each check and exits 1 if any failed.
//
//	clientcheck -endpoint 127.0.0.1:2379 [-run REGEXP] [-progress-notify 1s]
//
// Every check is proven by passing against a real etcd. The store must be a throw-away one that nobody else writes to:
// revisions are expected to move by these writes only, and the history is compacted.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

var (
	endpoint       = flag.String("endpoint", "127.0.0.1:2379", "client address of the server")
	pattern        = flag.String("run", "", "run only the checks whose name matches this regular expression")
	progressNotify = flag.Duration("progress-notify", 0,
		"the server's --watch-progress-notify-interval; if given, the periodic notification is checked too")
)

// Time after which a check has failed. The longest wait for a lease of a few seconds.
const checkTimeout = 30 * time.Second

func main() {
	flag.Parse()
	selected, err := regexp.Compile(*pattern)
	if err != nil || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "clientcheck: only flags are accepted, -run takes a regular expression:", err)
		os.Exit(2)
	}
	failed, err := runAll(selected)
	if err != nil {
		fmt.Fprintln(os.Stderr, "clientcheck:", err)
		os.Exit(1)
	}
	if failed > 0 {
		fmt.Fprintf(os.Stderr, "clientcheck: %d checks failed\n", failed)
		os.Exit(1)
	}
}

func runAll(selected *regexp.Regexp) (failed int, err error) {
	var last atomic.Pointer[status.Status]
	c, err := dial(&last)
	if err != nil {
		return 0, err
	}
	defer c.Close()
	ran := 0
	for _, one := range slices.Concat(kvChecks, rangeChecks, txnChecks, watchChecks, leaseChecks, clusterChecks, errorChecks, compactChecks) {
		if selected.MatchString(one.name) {
			ran++
			if !runOne(one, c, &last) {
				failed++
			}
		}
	}
	if ran == 0 {
		return 0, fmt.Errorf("no check matches %q", selected)
	}
	return failed, nil
}

// dial waits for a server that answers. The interceptor keeps the status of the last unary answer as it came over
// the wire, because the client replaces errors that it knows by text.
func dial(last *atomic.Pointer[status.Status]) (*clientv3.Client, error) {
	keep := func(ctx context.Context, method string, request, reply any, conn *grpc.ClientConn, invoke grpc.UnaryInvoker,
		options ...grpc.CallOption) error {
		err := invoke(ctx, method, request, reply, conn, options...)
		last.Store(status.Convert(err))
		return err
	}
	c, err := clientv3.New(clientv3.Config{
		Endpoints: []string{*endpoint}, Logger: zap.NewNop(),
		DialOptions: []grpc.DialOption{grpc.WithChainUnaryInterceptor(keep)},
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	if _, err = c.Get(ctx, "clientcheck"); err != nil {
		c.Close()
		return nil, fmt.Errorf("%s does not answer: %w", *endpoint, err)
	}
	return c, nil
}

// runOne gives the check keys of its own and, by metadata of its own, watch streams of its own.
func runOne(one check, c *clientv3.Client, last *atomic.Pointer[status.Status]) (passed bool) {
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	t := &T{
		ctx: metadata.AppendToOutgoingContext(ctx, "check", one.name), c: c, last: last,
		prefix: fmt.Sprintf("clientcheck/%s/%d/", one.name, time.Now().UnixNano()),
	}
	defer func() {
		switch end := recover().(type) {
		case nil:
			fmt.Println("ok", one.name)
			passed = true
		case skipped:
			fmt.Printf("skip %s: %s\n", one.name, end)
			passed = true
		case failure:
			fmt.Printf("FAIL %s: %s\n", one.name, end)
		default:
			panic(end)
		}
	}()
	defer t.revokeAll()
	one.run(t)
	return true
}
