// Command synccheck proves that etcd's Go client, told of one instance, finds all of them and goes on with those that
// are left. It prints "found URL URL ..." once there are as many members as it was told, then for each of its puts "put"
// or "error TEXT", until its input ends. It exits 1 if it does not find them.
//
//	synccheck -endpoint 127.0.0.1:2379 -members 3
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

var (
	endpoint = flag.String("endpoint", "127.0.0.1:2379", "client address of one of the servers")
	members  = flag.Int("members", 3, "how many servers there are")
)

const (
	findMax      = 30 * time.Second
	putMax       = 3 * time.Second
	syncInterval = 500 * time.Millisecond
	pause        = 10 * time.Millisecond
)

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "synccheck:", err)
		os.Exit(1)
	}
}

func run() error {
	c, err := clientv3.New(clientv3.Config{
		Endpoints: []string{*endpoint}, AutoSyncInterval: syncInterval, DialTimeout: findMax, Logger: zap.NewNop(),
	})
	if err != nil {
		return err
	}
	defer c.Close()
	if err := find(c); err != nil {
		return err
	}
	ended := make(chan struct{})
	go func() {
		io.Copy(io.Discard, os.Stdin)
		close(ended)
	}()
	for {
		select {
		case <-ended:
			return nil
		case <-time.After(pause):
			put(c)
		}
	}
}

// find waits for the members, which learn of each other within seconds.
func find(c *clientv3.Client) error {
	ctx, cancel := context.WithTimeout(context.Background(), findMax)
	defer cancel()
	for len(c.Endpoints()) != *members {
		if err := c.Sync(ctx); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("found only %v: %w", c.Endpoints(), err)
		}
	}
	fmt.Println("found", strings.Join(c.Endpoints(), " "))
	return nil
}

func put(c *clientv3.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), putMax)
	defer cancel()
	if _, err := c.Put(ctx, "synccheck", "value"); err != nil {
		fmt.Println("error", err)
		return
	}
	fmt.Println("put")
}
