// Command bench compares Rowan with etcd and kine on this machine and prints a Markdown table. It starts one server at a
// time, drives each with the same requests from load, and stops it before the next. Any failed operation ends the run
// with exit status 1. integration-tests/benchmarks/run builds what it needs and starts it.
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
)

var (
	root     = flag.String("root", ".", "Rowan's repository")
	bin      = flag.String("bin", "", "folder of etcd, kine and load")
	postgres = flag.String("postgres", "", "folder of PostgreSQL's programs, with initdb and postgres")
	work     = flag.String("work", "", "folder for the servers' data, on the disk that is to be measured")
	rounds   = flag.Int("rounds", 3, "rounds; each number is the median of them")
	quick    = flag.Bool("quick", false, "few operations: to try the program itself, the numbers mean nothing")
	million  = flag.Bool("million", false, "also start each server over 1,000,000 keys")
	only     = flag.String("only", "", "comma separated systems to run; default all")
	three    = flag.Bool("quorum", false, "measure three members of a quorum beside three of etcd instead")
	shared   = flag.Bool("instances", false, "measure several instances of Rowan over one database instead")
	url      = flag.String("url", "", "with -instances: the endpoint of an empty database instead of a PostgreSQL of its own")
	out      = flag.String("out", "", "write the table to this file too")
)

// sizes are how much of everything a run does.
type sizes struct{ warm, ops, lone, memoryKeys, keys, reads, watched, million int }

var (
	full  = sizes{warm: 80_000, ops: 50_000, lone: 2_000, memoryKeys: 20_000, keys: 100_000, reads: 3_000, watched: 2_000, million: 1_000_000}
	small = sizes{warm: 500, ops: 500, lone: 100, memoryKeys: 1_000, keys: 2_000, reads: 100, watched: 50, million: 5_000}
)

func main() {
	flag.Parse()
	if *bin == "" || *postgres == "" || *work == "" || *rounds < 1 || flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "bench: -bin, -postgres and -work are needed; start it with integration-tests/benchmarks/run")
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run() error {
	size := full
	if *quick {
		size = small
	}
	if *three {
		return measureQuorum(size)
	}
	if *shared {
		return measureInstances(size)
	}
	var selected []system
	for _, s := range systems {
		if *only == "" || slices.Contains(strings.Split(*only, ","), s.name) {
			selected = append(selected, s)
		}
	}
	results := results{}
	for round := range *rounds {
		for _, s := range selected {
			fmt.Fprintf(os.Stderr, "bench: round %d of %d, %s\n", round+1, *rounds, s.name)
			if err := measure(s, size, results); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	text := table(selected, size, results)
	fmt.Print(text)
	if *out != "" {
		return os.WriteFile(*out, []byte(text), 0o644)
	}
	return nil
}
