// Command sh is the image's only program beside Java. By the name that it is called by, it is the
// server, a shell, or one of the few programs that scripts need: cp, chmod, cat, ls and so on.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/term"
	"mvdan.cc/sh/moreinterp/coreutils"
	"mvdan.cc/sh/v3/interp"
)

func main() {
	name := filepath.Base(os.Args[0])
	var err error
	switch name {
	case "rowan", "etcd":
		err = serve(os.Args[1:])
	case "kine":
		err = serve(append([]string{"kine"}, os.Args[1:]...))
	case "sh":
		err = shell(os.Args[1:])
	default:
		err = run(options{script: strings.NewReader(name + ` "$@"`)}, os.Args[1:])
	}
	var status interp.ExitStatus
	if errors.As(err, &status) {
		os.Exit(int(status))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, name+":", err)
		os.Exit(1)
	}
}

// serve becomes the server, so that signals reach it.
func serve(args []string) error {
	command := command(os.Getenv("ROWAN_JAVA_OPTS"), os.Getenv("ETCD_INITIAL_CLUSTER"),
		term.IsTerminal(2), args)
	environment := os.Environ()
	if os.Getenv("MALLOC_ARENA_MAX") == "" {
		environment = append(environment, "MALLOC_ARENA_MAX=2")
	}
	return syscall.Exec(command[0], command, environment)
}

// run interprets a script with arguments of its own.
func run(o options, args []string) error {
	runner, err := interp.New(
		interp.StdIO(os.Stdin, os.Stdout, os.Stderr),
		interp.Params(append(append(o.set, "--"), args...)...),
		interp.ExecHandlers(flags, coreutils.ExecHandler))
	if err != nil {
		return err
	}
	if o.interactive {
		return interact(runner)
	}
	return interpret(context.Background(), runner, o.script, o.name)
}
