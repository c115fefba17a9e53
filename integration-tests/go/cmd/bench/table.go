package main

import (
	"bufio"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// measures in the order of the table; those without latencies have a unit of which less is better.
var measures = []struct{ id, title, unit string }{
	{"create-64", "create, 64 clients", "/s"},
	{"update-64", "update, 64 clients", "/s"},
	{"get-64", "get, 64 clients", "/s"},
	{"delete-64", "delete, 64 clients", "/s"},
	{"create-1", "create, 1 client", "/s"},
	{"list", "list, pages of 500", "/s"},
	{"count", "count of all keys", "/s"},
	{"watch", "events to 100 watchers", "/s"},
	{"memory", "memory of the server", "MiB"},
	{"disk", "disk", "MiB"},
	{"ready", "start to ready, empty", "ms"},
	{"ready-million", "start to ready, many keys", "ms"},
}

func table(selected []system, size sizes, r results) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", machine())
	fmt.Fprintf(&b, "Values are of 1 KiB; the store holds %d such keys before, and the memory is what it takes with them. "+
		"List, count and disk: %d keys of 512 B. Start with many keys: %d. Median of %d rounds, latencies p50 / p99; "+
		"in brackets the ratio to etcd. Every commit waits for the disk; kine over SQLite is told so (_synchronous=FULL), "+
		"by default it does not. A database's memory is not counted.\n\n",
		size.memoryKeys, size.keys, size.million, *rounds)
	b.WriteString("| |")
	for _, s := range selected {
		fmt.Fprintf(&b, " %s |", s.name)
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(selected)) + "\n")
	for _, m := range measures {
		if r[m.id] == nil {
			continue
		}
		fmt.Fprintf(&b, "| %s |", m.title)
		for _, s := range selected {
			fmt.Fprintf(&b, " %s |", cell(r[m.id][s.name], r[m.id]["etcd"], m.unit))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func cell(own, etcd []sample, unit string) string {
	value := median(own, func(s sample) float64 { return s.value })
	text := fmt.Sprintf("%.0f %s", value, unit)
	if unit == "/s" {
		text = fmt.Sprintf("%.0f%s, %.2f / %.2f ms", value, unit,
			median(own, func(s sample) float64 { return s.p50 }), median(own, func(s sample) float64 { return s.p99 }))
	}
	if len(etcd) > 0 {
		text += fmt.Sprintf(" (%.2f)", value/median(etcd, func(s sample) float64 { return s.value }))
	}
	return text
}

func median(samples []sample, of func(sample) float64) float64 {
	values := make([]float64, len(samples))
	for i, s := range samples {
		values[i] = of(s)
	}
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}

// machine tells when, where and with which versions the numbers were measured.
func machine() string {
	mode := ""
	if *quick {
		mode = " **A quick run: the numbers mean nothing.**"
	}
	return fmt.Sprintf("Measured %s on %d cores of %s, Linux %s. Rowan %s, etcd %s, kine %s, %s.%s",
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), cpu(), first("uname", "-r"),
		first("git", "-C", *root, "rev-parse", "--short", "HEAD"), module("etcd"), module("kine"),
		first(filepath.Join(*postgres, "postgres"), "--version"), mode)
}

// first is the first line that a command prints, or "unknown".
func first(name string, arguments ...string) string {
	output, err := exec.Command(name, arguments...).Output()
	line, _, _ := strings.Cut(strings.TrimSpace(string(output)), "\n")
	if err != nil || line == "" {
		return "unknown"
	}
	return line
}

// module is the version of the module that a program was built from.
func module(program string) string {
	info, err := buildinfo.ReadFile(filepath.Join(*bin, program))
	if err != nil {
		return "unknown"
	}
	for _, dep := range append(info.Deps, &info.Main) {
		if strings.HasPrefix(info.Path+"/", dep.Path+"/") {
			return dep.Version
		}
	}
	return "unknown"
}

func cpu() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	defer file.Close()
	for scanner := bufio.NewScanner(file); scanner.Scan(); {
		if name, found := strings.CutPrefix(scanner.Text(), "model name\t: "); found {
			return name
		}
	}
	return "unknown"
}

func diskBytes(path string) (int64, error) {
	var stat syscall.Stat_t
	err := syscall.Lstat(path, &stat)
	if err == syscall.ENOENT {
		return 0, nil
	}
	return stat.Blocks * 512, err
}
