package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

// result is the line that is printed for a workload.
type result struct {
	Label         string  `json:"label,omitempty"`
	Workload      string  `json:"workload"`
	Clients       int     `json:"clients"`
	Ops           int     `json:"ops"`
	Errors        int     `json:"errors"`
	Seconds       float64 `json:"seconds"`
	OpsPerSec     float64 `json:"opsPerSec"` // only those that succeeded
	P50Ms         float64 `json:"p50Ms"`
	P90Ms         float64 `json:"p90Ms"`
	P99Ms         float64 `json:"p99Ms"`
	MaxMs         float64 `json:"maxMs"`
	Watchers      int     `json:"watchers,omitempty"`
	WatchedPuts   int     `json:"watchedPuts,omitempty"`
	WatchedPutsPS float64 `json:"watchedPutsPerSec,omitempty"`
	FirstError    string  `json:"firstError,omitempty"`
}

func (r result) print() {
	line, err := json.Marshal(r)
	if err != nil {
		panic(err) // a flat struct of numbers and strings
	}
	fmt.Println(string(line))
}

// samples collects what one goroutine measures; merged when all have ended.
type samples struct {
	latencies  []time.Duration
	errors     int
	firstError error
}

func (s *samples) add(d time.Duration, err error) {
	s.latencies = append(s.latencies, d)
	if err != nil {
		s.fail(err)
	}
}

func (s *samples) fail(err error) {
	s.errors++
	if s.firstError == nil {
		s.firstError = err
	}
}

func summarize(name string, parts []samples, took time.Duration) result {
	r := result{Label: *label, Workload: name, Clients: len(parts), Seconds: took.Seconds()}
	var all []time.Duration
	for _, p := range parts {
		all = append(all, p.latencies...)
		r.Errors += p.errors
		if r.FirstError == "" && p.firstError != nil {
			r.FirstError = p.firstError.Error()
		}
	}
	slices.Sort(all)
	quantile := func(q float64) float64 {
		if len(all) == 0 {
			return 0
		}
		return float64(all[int(q*float64(len(all)-1))].Microseconds()) / 1000
	}
	r.Ops = len(all)
	if took > 0 {
		r.OpsPerSec = float64(max(r.Ops-r.Errors, 0)) / took.Seconds()
	}
	r.P50Ms, r.P90Ms, r.P99Ms, r.MaxMs = quantile(.5), quantile(.9), quantile(.99), quantile(1)
	return r
}

// worker is one of the concurrent requesters.
type worker struct {
	id     int
	count  int // of all workers
	client *clientv3.Client
	rand   *rand.Rand
	done   int // operations that it has started
}

// own returns one key number below total after the other that no other worker gets, so that conditional updates
// never conflict.
func (w *worker) own(total int) int {
	mine := (total - w.id + w.count - 1) / w.count
	return w.id + w.count*(w.done%mine)
}

// A workload ends early at so many failures: the server is broken, and each may have taken requestTimeout.
const failuresMax = 100

// run lets count workers do op until total operations were started or the time is over. Every operation gets its
// number, starting with 0; all numbers below the returned one were used.
func (s *space) run(name string, count, total int, limit time.Duration, op func(w *worker, i int) error) (result, int) {
	var next, failures atomic.Int64
	parts := make([]samples, count)
	start := time.Now()
	var all sync.WaitGroup
	for id := range count {
		all.Go(func() {
			w := &worker{id: id, count: count, client: s.conns[id%len(s.conns)], rand: rand.New(rand.NewPCG(1, uint64(id)))}
			for time.Since(start) < limit && failures.Load() < failuresMax {
				i := int(next.Add(1)) - 1
				if i >= total {
					return
				}
				sent := time.Now()
				err := op(w, i)
				parts[id].add(time.Since(sent), err)
				if err != nil {
					failures.Add(1)
				}
				w.done++
			}
		})
	}
	all.Wait()
	return summarize(name, parts, time.Since(start)), min(int(next.Load()), total)
}
