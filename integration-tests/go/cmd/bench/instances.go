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
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

const (
	// equals is how many instances share the database, and clients how many share the instances.
	equals  = 3
	clients = 63

	// idleFor is how long an instance without clients is looked at, after idleAfter.
	idleFor   = 30 * time.Second
	idleAfter = 30 * time.Second

	// eventGap is the time between two writes whose events are waited for at another instance.
	eventGap = 20 * time.Millisecond
)

// share is what the instances are measured over: a PostgreSQL server of its own, or the database that -url names.
type share struct {
	instance
	servers []*instance
}

// measureInstances prints what several instances over one database do: how fast together against one alone, how evenly,
// how soon one's events are at another, and what an idle one costs the database.
func measureInstances(size sizes) error {
	rate, err := createRates(size, 1)
	if err != nil {
		return err
	}
	rates, err := createRates(size, equals)
	if err != nil {
		return err
	}
	together := 0.0
	for _, r := range rates {
		together += r
	}
	fmt.Printf("create, %d clients: one instance %.0f/s; %d instances %.0f/s (%.2f), each %.0f, slowest to fastest %.2f\n",
		clients, rate[0], equals, together, together/rate[0], rates, slices.Min(rates)/slices.Max(rates))
	if err := eventLatency(size); err != nil {
		return err
	}
	if *url != "" {
		return nil
	}
	return idleCost()
}

func openShare(count int, flags ...string) (*share, error) {
	folder, err := os.MkdirTemp(*work, "instances-")
	if err != nil {
		return nil, err
	}
	s := &share{instance: instance{folder: folder, url: *url}}
	if err := os.Mkdir(s.data(), 0o700); err != nil {
		return nil, err
	}
	if s.url == "" {
		if err := s.startPostgres(flags...); err != nil {
			s.close()
			return nil, err
		}
	}
	for n := range count {
		i := &instance{system: rowanOver, folder: filepath.Join(folder, strconv.Itoa(n)), url: s.url}
		if err := os.Mkdir(i.folder, 0o700); err == nil {
			_, err = i.startServer()
		}
		s.servers = append(s.servers, i)
		if err != nil {
			s.close()
			return nil, err
		}
	}
	return s, nil
}

func (s *share) close() {
	for _, i := range s.servers {
		i.stopServer()
	}
	s.instance.close()
}

// createRates is what each of so many instances creates a second, all at once, its clients among them evenly.
func createRates(size sizes, count int) ([]float64, error) {
	s, err := openShare(count)
	if err != nil {
		return nil, err
	}
	defer s.close()
	if _, err := s.createAtOnce(fmt.Sprintf("/registry/warm%d/", time.Now().UnixNano()), size.warm, shareWarmSeconds); err != nil {
		return nil, err
	}
	// The time is what ends it, so that each instance has the others beside it all the time.
	return s.createAtOnce(fmt.Sprintf("/registry/load%d/", time.Now().UnixNano()), size.ops*100, rateSeconds)
}

// shareWarmSeconds ends the warm-up of several instances: each compiles for itself, on the same processors.
const shareWarmSeconds = 60

// rateSeconds is how long rates of several instances are compared.
const rateSeconds = 15

func (s *share) createAtOnce(prefix string, n, seconds int) ([]float64, error) {
	rates := make([]float64, len(s.servers))
	failures := make([]error, len(s.servers))
	done := make(chan struct{})
	for k, i := range s.servers {
		go func() {
			defer func() { done <- struct{}{} }()
			lines, err := i.loadFor(seconds, "create", prefix+strconv.Itoa(k)+"/", clients/len(s.servers), n, 0, 1024)
			if err == nil {
				rates[k] = lines[0].OpsPerSec
			}
			failures[k] = err
		}()
	}
	for range s.servers {
		<-done
	}
	return rates, errors.Join(failures...)
}

// eventLatency is the time from one instance's answer to the event at a watcher of another.
func eventLatency(size sizes) error {
	s, err := openShare(2)
	if err != nil {
		return err
	}
	defer s.close()
	var conns [2]*clientv3.Client
	for k, i := range s.servers {
		if conns[k], err = clientv3.New(clientv3.Config{Endpoints: []string{i.address}, Logger: zap.NewNop()}); err != nil {
			return err
		}
		defer conns[k].Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), startMax)
	defer cancel()
	prefix := fmt.Sprintf("/event%d/", time.Now().UnixNano())
	if err := awaitMembers(ctx, conns[0], 2); err != nil {
		return err
	}
	watch := conns[1].Watch(ctx, prefix, clientv3.WithPrefix(), clientv3.WithCreatedNotify())
	if created := <-watch; !created.Created {
		return fmt.Errorf("no watcher: %w", created.Err())
	}
	var took []time.Duration
	for n := range size.lone {
		if _, err := conns[0].Put(ctx, prefix+strconv.Itoa(n), "v"); err != nil {
			return err
		}
		answered := time.Now()
		if response, ok := <-watch; !ok || response.Err() != nil || len(response.Events) != 1 {
			return fmt.Errorf("not one event: %v, %w", response.Events, response.Err())
		}
		if n >= size.lone/4 { // the first warm up
			took = append(took, time.Since(answered))
		}
		time.Sleep(eventGap)
	}
	slices.Sort(took)
	fmt.Printf("event at another instance after the answer, one write every %s: p50 %.2f ms, p99 %.2f ms, longest %.2f ms\n",
		eventGap, millis(took[len(took)/2]), millis(took[len(took)*99/100]), millis(took[len(took)-1]))
	return nil
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func awaitMembers(ctx context.Context, c *clientv3.Client, count int) error {
	for {
		list, err := c.MemberList(ctx)
		if err != nil || len(list.Members) == count {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// idleCost counts the statements that the database logs for an instance without clients, and its connections.
func idleCost() error {
	s, err := openShare(2, "-c", "log_statement=all")
	if err != nil {
		return err
	}
	defer s.close()
	time.Sleep(idleAfter)
	before, err := s.statements()
	if err != nil {
		return err
	}
	time.Sleep(idleFor)
	after, err := s.statements()
	if err != nil {
		return err
	}
	connections, err := s.connections()
	if err != nil {
		return err
	}
	n := float64(len(s.servers))
	fmt.Printf("an idle instance of %d: %.2f statements/s, %.1f connections\n", len(s.servers),
		float64(after-before)/idleFor.Seconds()/n, float64(connections)/n)
	return nil
}

func (s *share) statements() (int, error) {
	text, err := os.ReadFile(filepath.Join(s.folder, "postgres.log"))
	return strings.Count(string(text), "LOG:  execute ") + strings.Count(string(text), "LOG:  statement: "), err
}

// connections counts the server's processes that serve one, by their titles.
func (s *share) connections() (int, error) {
	titles, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return 0, err
	}
	count := 0
	for _, title := range titles {
		text, err := os.ReadFile(title)
		parent := parentOf(filepath.Dir(title))
		if err == nil && parent == s.db.command.Process.Pid && strings.Contains(string(text), " 127.0.0.1(") {
			count++
		}
	}
	return count, nil
}

func parentOf(process string) int {
	text, err := os.ReadFile(filepath.Join(process, "stat"))
	if err != nil {
		return 0 // it has ended
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	parent, _ := strconv.Atoi(fields[1])
	return parent
}
