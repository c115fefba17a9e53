package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// options are what stands before a script's own arguments.
type options struct {
	// set are those of the builtin set, such as -e.
	set         []string
	script      io.Reader
	name        string
	interactive bool
}

// parse takes a shell's arguments apart: sh [-eu] [-c command [name]] [file] [argument...].
func parse(args []string) (options, []string, error) {
	o := options{}
	command := false
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		letters := args[0][1:]
		args = args[1:]
		if letters == "-" {
			break
		}
		command = command || strings.Contains(letters, "c")
		if rest := strings.Trim(letters, "c"); rest != "" {
			o.set = append(o.set, "-"+rest)
		}
	}
	switch {
	case command && len(args) == 0:
		return o, nil, errors.New("-c needs a command")
	case command:
		o.script = strings.NewReader(args[0])
		// What follows is $0, which can't be set here, and then the arguments.
		return o, args[min(2, len(args)):], nil
	case len(args) > 0:
		file, err := os.Open(args[0])
		if err != nil {
			return o, nil, err
		}
		o.script, o.name = file, args[0]
		return o, args[1:], nil
	case term.IsTerminal(0):
		o.interactive = true
	default:
		o.script = os.Stdin
	}
	return o, nil, nil
}

func shell(args []string) error {
	o, args, err := parse(args)
	if err != nil {
		return err
	}
	return run(o, args)
}

func interpret(ctx context.Context, runner *interp.Runner, script io.Reader, name string) error {
	file, err := syntax.NewParser().Parse(script, name)
	if err != nil {
		return err
	}
	return runner.Run(ctx, file)
}

func interact(runner *interp.Runner) error {
	parser := syntax.NewParser()
	fmt.Print("$ ")
	for statements, err := range parser.InteractiveSeq(os.Stdin) {
		if err != nil {
			return err
		}
		if parser.Incomplete() {
			fmt.Print("> ")
			continue
		}
		for _, statement := range statements {
			if err := runner.Run(context.Background(), statement); runner.Exited() {
				return err
			}
		}
		fmt.Print("$ ")
	}
	return nil
}
