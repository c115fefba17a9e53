package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// sample is one measurement: a rate with latencies, or a single number.
type sample struct{ value, p50, p99 float64 }

// results are the samples of all rounds, by measure and system.
type results map[string]map[string][]sample

func (r results) add(measure, system string, s sample) {
	if r[measure] == nil {
		r[measure] = map[string][]sample{}
	}
	r[measure][system] = append(r[measure][system], s)
}

// settle is how long a server may tidy up before its memory is read.
const settle = 10 * time.Second

// warmSeconds is the longest that each workload of the warm-up takes: enough for a just-in-time compiler, and an end for
// a store that is slow.
const warmSeconds = 12

// loadSeconds is the same for what is measured.
const loadSeconds = 60

// measure does one round with one system: small keys in a first store, many in a second.
func measure(s system, size sizes, r results) error {
	if err := measureRequests(s, size, r); err != nil {
		return err
	}
	return measureManyKeys(s, size, r)
}

func measureRequests(s system, size sizes, r results) error {
	i, ready, err := open(s)
	if err != nil {
		return err
	}
	defer i.close()
	r.add("ready", s.name, sample{value: ready.Seconds() * 1000})

	if _, err = i.load("fill", "/registry/memory/", 64, 0, size.memoryKeys, 1024); err != nil {
		return err
	}
	time.Sleep(settle)
	memory, err := i.memory()
	if err != nil {
		return err
	}
	r.add("memory", s.name, sample{value: memory})

	if _, err = i.loadFor(warmSeconds, "create,update,get,delete", "/registry/warm/", 64, size.warm, 0, 1024); err != nil {
		return err
	}
	if _, err = i.load("watch", "/registry/warmfan/", 64, size.watched, 0, 1024); err != nil {
		return err
	}
	lines, err := i.load("create,update,get,delete", "/registry/load/", 64, size.ops, 0, 1024)
	if err != nil {
		return err
	}
	for _, line := range lines {
		r.add(line.Workload+"-64", s.name, sample{line.OpsPerSec, line.P50Ms, line.P99Ms})
	}
	if lines, err = i.load("create", "/registry/lone/", 1, size.lone, 0, 1024); err != nil {
		return err
	}
	r.add("create-1", s.name, sample{lines[0].OpsPerSec, lines[0].P50Ms, lines[0].P99Ms})
	if lines, err = i.load("watch", "/registry/fan/", 64, size.watched, 0, 1024); err != nil {
		return err
	}
	r.add("watch", s.name, sample{lines[0].OpsPerSec, lines[0].P50Ms, lines[0].P99Ms})
	return nil
}

func measureManyKeys(s system, size sizes, r results) error {
	i, _, err := open(s)
	if err != nil {
		return err
	}
	defer i.close()
	before, err := i.disk()
	if err != nil {
		return err
	}
	if _, err = i.load("fill", "/registry/many/", 64, 0, size.keys, 512); err != nil {
		return err
	}
	after, err := i.disk()
	if err != nil {
		return err
	}
	r.add("disk", s.name, sample{value: after - before})
	lines, err := i.load("list,count", "/registry/many/", 16, size.reads, 0, 512)
	if err != nil {
		return err
	}
	for _, line := range lines {
		r.add(line.Workload, s.name, sample{line.OpsPerSec, line.P50Ms, line.P99Ms})
	}
	if !*million {
		return nil
	}
	if _, err = i.load("fill", "/registry/many/", 64, 0, size.million, 512); err != nil {
		return err
	}
	i.stopServer()
	ready, err := i.startServer()
	r.add("ready-million", s.name, sample{value: ready.Seconds() * 1000})
	return err
}

// line is what load prints for a workload.
type line struct {
	Workload   string  `json:"workload"`
	Errors     int     `json:"errors"`
	OpsPerSec  float64 `json:"opsPerSec"`
	P50Ms      float64 `json:"p50Ms"`
	P99Ms      float64 `json:"p99Ms"`
	FirstError string  `json:"firstError"`
}

// load runs workloads for at most loadSeconds each; keys is what fill leaves.
func (i *instance) load(workloads, prefix string, clients, n, keys, value int) ([]line, error) {
	return i.loadFor(loadSeconds, workloads, prefix, clients, n, keys, value)
}

func (i *instance) loadFor(seconds int, workloads, prefix string, clients, n, keys, value int) ([]line, error) {
	command := exec.Command(filepath.Join(*bin, "load"), "-endpoint", i.address, "-workloads", workloads,
		"-prefix", prefix, "-clients", strconv.Itoa(clients), "-n", strconv.Itoa(max(n, 1)), "-keys", strconv.Itoa(keys),
		"-value", strconv.Itoa(value), "-seconds", strconv.Itoa(seconds))
	var errors bytes.Buffer
	command.Stderr = &errors
	began := time.Now()
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("load %s: %w\n%s%s", workloads, err, output, errors.String())
	}
	fmt.Fprintf(os.Stderr, "bench:   %s, %.0f s\n", workloads, time.Since(began).Seconds())
	var lines []line
	for scanner := bufio.NewScanner(bytes.NewReader(output)); scanner.Scan(); {
		var l line
		if err := json.Unmarshal(scanner.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("load printed %q: %w", scanner.Text(), err)
		}
		if l.Errors > 0 {
			return nil, fmt.Errorf("%s: %d operations failed, the first: %s", l.Workload, l.Errors, l.FirstError)
		}
		lines = append(lines, l)
	}
	if want := strings.Count(workloads, ",") + 1; len(lines) != want {
		return nil, fmt.Errorf("load %s printed %d lines", workloads, len(lines))
	}
	return lines, nil
}

// memory is the resident memory of the server's process in MiB; a database's is not part of it.
func (i *instance) memory() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", i.server.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	for row := range strings.Lines(string(text)) {
		if fields := strings.Fields(row); len(fields) > 1 && fields[0] == "VmRSS:" {
			kib, err := strconv.ParseFloat(fields[1], 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("no VmRSS in %s", text)
}

// disk is what the store takes on the disk in MiB, logs and free space in files included.
func (i *instance) disk() (float64, error) {
	var blocks int64
	err := filepath.WalkDir(i.data(), func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // a database cleans up
		}
		if err != nil || entry.IsDir() {
			return err
		}
		size, err := diskBytes(path)
		blocks += size
		return err
	})
	return float64(blocks) / (1 << 20), err
}
