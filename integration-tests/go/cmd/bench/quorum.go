package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

const (
	// quorumSeconds is the longest that a workload of a quorum takes, and quorumWarmSeconds one of its warm-up.
	quorumSeconds     = 30
	quorumWarmSeconds = 12

	// losses is how often the leader is killed, and attemptGap the time between two puts that look for the next.
	losses     = 5
	attemptGap = 10 * time.Millisecond
)

// quorumOf is a cluster's members: what it is called, and the command of one.
type quorumOf struct {
	name    string
	command func(name, data, client, peer, cluster string) []string
}

// memberFlags are the same for both: an operator of etcd has nothing to learn.
func memberFlags(name, data, client, peer, cluster string) []string {
	return []string{"--name=" + name, "--data-dir=" + data, "--log-level=warn",
		"--listen-client-urls=http://" + client, "--advertise-client-urls=http://" + client,
		"--listen-peer-urls=http://" + peer, "--initial-advertise-peer-urls=http://" + peer,
		"--initial-cluster=" + cluster, "--quota-backend-bytes=8589934592"}
}

var quorums = []quorumOf{
	{"etcd", func(name, data, client, peer, cluster string) []string {
		return append([]string{filepath.Join(*bin, "etcd")}, memberFlags(name, data, client, peer, cluster)...)
	}},
	{"rowan-quorum", func(name, data, client, peer, cluster string) []string {
		return append([]string{filepath.Join(*root, "rowan")}, memberFlags(name, data, client, peer, cluster)...)
	}},
}

// cluster is three running members, all on this machine.
type cluster struct {
	folder  string
	members []*instance
}

// measureQuorum prints what three members of Rowan do beside three of etcd, one cluster after the other.
func measureQuorum(size sizes) error {
	results := results{}
	for round := range *rounds {
		for _, q := range quorums {
			fmt.Fprintf(os.Stderr, "bench: round %d of %d, three members of %s\n", round+1, *rounds, q.name)
			if err := measureCluster(q, size, results); err != nil {
				return fmt.Errorf("%s: %w", q.name, err)
			}
		}
	}
	text := quorumTable(size, results)
	fmt.Print(text)
	if *out != "" {
		return os.WriteFile(*out, []byte(text), 0o644)
	}
	return nil
}

func measureCluster(q quorumOf, size sizes, r results) error {
	c, err := openCluster(q)
	if err != nil {
		return err
	}
	defer c.close()
	all := c.all()
	if _, err = all.loadFor(quorumSeconds, "fill", "/registry/memory/", 64, 0, size.memoryKeys, 1024); err != nil {
		return err
	}
	time.Sleep(settle)
	most := 0.0
	for _, member := range c.members {
		memory, err := member.memory()
		if err != nil {
			return err
		}
		most = max(most, memory)
	}
	r.add("memory", q.name, sample{value: most})
	if _, err = all.loadFor(quorumWarmSeconds, "create,get", "/registry/warm/", 64, size.warm, 0, 1024); err != nil {
		return err
	}
	lines, err := all.loadFor(quorumSeconds, "create,get", "/registry/load/", 64, size.ops, 0, 1024)
	if err != nil {
		return err
	}
	for _, line := range lines {
		r.add(line.Workload+"-64", q.name, sample{line.OpsPerSec, line.P50Ms, line.P99Ms})
	}
	if lines, err = all.loadFor(quorumSeconds, "create", "/registry/lone/", 1, size.lone, 0, 1024); err != nil {
		return err
	}
	r.add("create-1", q.name, sample{lines[0].OpsPerSec, lines[0].P50Ms, lines[0].P99Ms})
	for range losses {
		took, err := c.loseLeader()
		if err != nil {
			return err
		}
		r.add("leaderless", q.name, sample{value: millis(took)})
	}
	return nil
}

func openCluster(q quorumOf) (*cluster, error) {
	folder, err := os.MkdirTemp(*work, q.name+"-")
	if err != nil {
		return nil, err
	}
	c := &cluster{folder: folder}
	var peers, listed []string
	for n := range equals {
		peer, err := freeAddress()
		if err != nil {
			return nil, err
		}
		peers = append(peers, peer)
		listed = append(listed, fmt.Sprintf("m%d=http://%s", n, peer))
	}
	for n := range equals {
		client, err := freeAddress()
		if err != nil {
			return nil, err
		}
		own := filepath.Join(folder, strconv.Itoa(n))
		if err := os.Mkdir(own, 0o700); err != nil {
			return nil, err
		}
		arguments := q.command(fmt.Sprintf("m%d", n), filepath.Join(own, "data"), client, peers[n], strings.Join(listed, ","))
		s := system{q.name, false, func(_, _, _ string) []string { return arguments }}
		c.members = append(c.members, &instance{system: s, folder: own, address: client})
	}
	for _, member := range c.members {
		if err := member.launch(); err != nil {
			c.close()
			return nil, err
		}
	}
	for _, member := range c.members {
		if err := member.awaitServing(); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

// launch starts a member, which serves once enough others run.
func (i *instance) launch() (err error) {
	i.server, err = start(i.system.name, filepath.Join(i.folder, "server.log"), i.system.command("", "", ""))
	return err
}

func (i *instance) awaitServing() error {
	err := i.server.await(i.read)
	if err != nil {
		text, _ := os.ReadFile(filepath.Join(i.folder, "server.log"))
		err = fmt.Errorf("%w\n%s", err, text)
	}
	return err
}

// all is who stands for the cluster towards load: clients get every member's address, and take turns.
func (c *cluster) all() *instance {
	var addresses []string
	for _, member := range c.members {
		addresses = append(addresses, member.address)
	}
	return &instance{address: strings.Join(addresses, ",")}
}

func (c *cluster) close() {
	for _, member := range c.members {
		member.stopServer()
	}
	os.RemoveAll(c.folder)
}

// loseLeader kills the member that leads, with SIGKILL, and is how long it took from then until a put was acknowledged
// by one of the others. Puts are begun all the time: one that was under way to the dead leader may be lost. Then the
// killed member is started again.
func (c *cluster) loseLeader() (time.Duration, error) {
	ctx, cancel := context.WithTimeout(context.Background(), startMax)
	defer cancel()
	leader, err := c.leader(ctx)
	if err != nil {
		return 0, err
	}
	var others []*clientv3.Client
	for _, member := range c.members {
		if member == leader {
			continue
		}
		client, err := clientv3.New(clientv3.Config{Endpoints: []string{member.address}, Logger: zap.NewNop()})
		if err != nil {
			return 0, err
		}
		defer client.Close()
		if _, err := client.Put(ctx, "/loss/before", "v"); err != nil { // the connection is there
			return 0, err
		}
		others = append(others, client)
	}
	killed := time.Now()
	leader.server.stop(syscall.SIGKILL)
	acknowledged := make(chan time.Duration, 1)
	attempts, stop := context.WithCancel(ctx)
	for n := 0; ; n++ {
		for _, client := range others {
			go func() {
				if _, err := client.Put(attempts, "/loss/after", strconv.Itoa(n)); err == nil {
					select {
					case acknowledged <- time.Since(killed):
					default:
					}
				}
			}()
		}
		select {
		case took := <-acknowledged:
			stop()
			if err := leader.launch(); err != nil {
				return 0, err
			}
			return took, errors.Join(leader.awaitServing(), c.awaitHealth(ctx))
		case <-ctx.Done():
			stop()
			return 0, fmt.Errorf("no member acknowledged a put: %w", ctx.Err())
		case <-time.After(attemptGap):
		}
	}
}

// leader is the member that says of itself that it leads.
func (c *cluster) leader(ctx context.Context) (*instance, error) {
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{c.members[0].address}, Logger: zap.NewNop()})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	for ctx.Err() == nil {
		for _, member := range c.members {
			status, err := client.Status(ctx, member.address)
			if err == nil && status.Leader == status.Header.MemberId {
				return member, nil
			}
		}
		time.Sleep(attemptGap)
	}
	return nil, fmt.Errorf("nobody leads: %w", ctx.Err())
}

// awaitHealth waits until all members have all that was acknowledged.
func (c *cluster) awaitHealth(ctx context.Context) error {
	for _, member := range c.members {
		if err := member.server.await(member.read); err != nil {
			return err
		}
	}
	_, err := c.leader(ctx)
	return err
}

func quorumTable(size sizes, r results) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\nThree members on one machine, their clients with them, which take turns among the members. "+
		"Values are of 1 KiB; memory is that of the largest member with %d such keys. Without a leader: from a kill -9 of "+
		"the leader to the first put that another member acknowledges, %d times a round. Median of %d rounds, latencies "+
		"p50 / p99; in brackets the ratio to etcd. Every commit waits for the disk.\n\n| | etcd | rowan-quorum |\n|---|---|---|\n",
		machine(), size.memoryKeys, losses, *rounds)
	for _, m := range []struct{ id, title, unit string }{
		{"create-64", "create, 64 clients", "/s"},
		{"get-64", "linearizable get, 64 clients", "/s"},
		{"create-1", "create, 1 client", "/s"},
		{"leaderless", "without a leader", "ms"},
		{"memory", "memory of a member", "MiB"},
	} {
		fmt.Fprintf(&b, "| %s |", m.title)
		for _, q := range quorums {
			text := cell(r[m.id][q.name], r[m.id]["etcd"], m.unit)
			if m.id == "leaderless" {
				text += longest(r[m.id][q.name])
			}
			fmt.Fprintf(&b, " %s |", text)
		}
		b.WriteString("\n")
	}
	return b.String()
}

func longest(samples []sample) string {
	worst := slices.MaxFunc(samples, func(a, b sample) int { return int(a.value - b.value) })
	return fmt.Sprintf(", longest %.0f ms", worst.value)
}
