package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

const (
	startMax = 5 * time.Minute
	stopMax  = time.Minute
)

// system is one way to serve etcd's API.
type system struct {
	name     string
	database bool // over PostgreSQL
	command  func(data, address, database string) []string
}

// rowanOver is Rowan over a database that may have other instances.
var rowanOver = system{"rowan-postgres", true, func(_, address, database string) []string {
	return []string{filepath.Join(*root, "rowan"), "--endpoint=" + database, "--listen-client-urls=http://" + address}
}}

var systems = []system{
	{"etcd", false, func(data, address, _ string) []string {
		return []string{filepath.Join(*bin, "etcd"), "--data-dir=" + data, "--log-level=warn",
			"--listen-client-urls=http://" + address, "--advertise-client-urls=http://" + address,
			"--listen-peer-urls=http://127.0.0.1:0", "--quota-backend-bytes=8589934592"}
	}},
	{"rowan-sqlite", false, func(data, address, _ string) []string {
		return []string{filepath.Join(*root, "rowan"), "--data-dir=" + data, "--listen-client-urls=http://" + address}
	}},
	rowanOver,
	{"kine-sqlite", false, func(data, address, _ string) []string {
		// kine's defaults, but for synchronous: with its NORMAL a commit does not wait for the disk, as all others do.
		file := filepath.Join(data, "state.db") + "?_journal_mode=WAL&_busy_timeout=30000&_synchronous=FULL" +
			"&_txlock=immediate&_stmt_cache_size=20&cache=shared"
		return []string{filepath.Join(*bin, "kine"), "--endpoint=sqlite://" + file, "--listen-address=tcp://" + address,
			"--metrics-bind-address=0"}
	}},
	{"kine-postgres", true, func(_, address, database string) []string {
		return []string{filepath.Join(*bin, "kine"), "--endpoint=" + database, "--listen-address=tcp://" + address,
			"--metrics-bind-address=0"}
	}},
}

// process is a server, and what ends when it is stopped.
type process struct {
	command *exec.Cmd
	ended   chan error
}

func start(name, log string, arguments []string) (*process, error) {
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	command := exec.Command(arguments[0], arguments[1:]...)
	command.Stdout, command.Stderr = file, file
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	p := &process{command: command, ended: make(chan error, 1)}
	go func() { p.ended <- command.Wait() }()
	return p, nil
}

func (p *process) stop(signal os.Signal) {
	_ = p.command.Process.Signal(signal)
	select {
	case <-p.ended:
	case <-time.After(stopMax):
		_ = p.command.Process.Kill()
		<-p.ended
	}
}

// instance is a running system with all that belongs to it.
type instance struct {
	system  system
	folder  string
	address string
	url     string // of the database
	db      *process
	server  *process
}

// open makes an empty store and starts the system over it; ready is how long the start took.
func open(s system) (i *instance, ready time.Duration, err error) {
	folder, err := os.MkdirTemp(*work, s.name+"-")
	if err != nil {
		return nil, 0, err
	}
	i = &instance{system: s, folder: folder}
	if err := os.Mkdir(i.data(), 0o700); err != nil {
		return nil, 0, err
	}
	if s.database {
		if err := i.startPostgres(); err != nil {
			i.close()
			return nil, 0, err
		}
	}
	if ready, err = i.startServer(); err != nil {
		i.close()
		return nil, 0, err
	}
	return i, ready, nil
}

func (i *instance) data() string { return filepath.Join(i.folder, "data") }

// startPostgres starts a server with the defaults of an installation: every commit waits for the disk.
func (i *instance) startPostgres(flags ...string) error {
	database := i.data()
	prefix := []string{}
	if os.Geteuid() == 0 {
		prefix = append(prefix, "unshare", "--user") // it refuses to run as root
	}
	initdb := append(prefix, filepath.Join(*postgres, "initdb"), "-D", database, "-U", "postgres", "-A", "trust")
	if output, err := exec.Command(initdb[0], initdb[1:]...).CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, output)
	}
	address, err := freeAddress()
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(address)
	i.url = "postgres://postgres@" + address + "/postgres?sslmode=disable"
	command := append(prefix, filepath.Join(*postgres, "postgres"), "-D", database, "-p", port, "-c", "unix_socket_directories=")
	i.db, err = start("postgres", filepath.Join(i.folder, "postgres.log"), append(command, flags...))
	if err != nil {
		return err
	}
	return i.db.await(func() error {
		text, err := os.ReadFile(filepath.Join(i.folder, "postgres.log"))
		if err == nil && !strings.Contains(string(text), "database system is ready to accept connections") {
			err = fmt.Errorf("postgres is not ready:\n%s", text)
		}
		return err
	})
}

// startServer starts the system over what is there, and waits until it answers a read.
func (i *instance) startServer() (time.Duration, error) {
	var err error
	if i.address, err = freeAddress(); err != nil {
		return 0, err
	}
	began := time.Now()
	log := filepath.Join(i.folder, "server.log")
	if i.server, err = start(i.system.name, log, i.system.command(i.data(), i.address, i.url)); err != nil {
		return 0, err
	}
	err = i.server.await(func() error {
		connection, err := net.DialTimeout("tcp", i.address, time.Second)
		if err != nil {
			return err
		}
		connection.Close()
		return i.read()
	})
	if err != nil {
		text, _ := os.ReadFile(log)
		err = fmt.Errorf("%w\n%s", err, text)
	}
	return time.Since(began), err
}

func (i *instance) read() error {
	c, err := clientv3.New(clientv3.Config{Endpoints: []string{i.address}, Logger: zap.NewNop()})
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(context.Background(), startMax)
	defer cancel()
	_, err = c.Get(ctx, "/registry/ready")
	return err
}

func (p *process) await(ready func() error) error {
	for deadline := time.Now().Add(startMax); ; time.Sleep(5 * time.Millisecond) {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case end := <-p.ended:
			p.ended <- end
			return fmt.Errorf("ended: %v; %w", end, err)
		default:
		}
		if time.Now().After(deadline) {
			return err
		}
	}
}

func (i *instance) stopServer() {
	if i.server != nil {
		i.server.stop(syscall.SIGTERM)
		i.server = nil
	}
}

func (i *instance) close() {
	i.stopServer()
	if i.db != nil {
		i.db.stop(syscall.SIGINT)
	}
	os.RemoveAll(i.folder)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}
