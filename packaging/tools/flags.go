package main

import (
	"context"
	"regexp"
	"slices"

	"mvdan.cc/sh/v3/interp"
)

// letters are flags that share a dash.
var letters = regexp.MustCompile(`^-[A-Za-z]{2,}$`)

// separated are the programs of one-letter flags.
var separated = []string{"cat", "cp", "ls", "mkdir", "mv", "rm", "touch"}

// flags lets flags be written as everywhere, also where the libraries know them otherwise.
func flags(next interp.ExecHandlerFunc) interp.ExecHandlerFunc {
	return func(ctx context.Context, args []string) error {
		return next(ctx, translate(args))
	}
}

// translate has -rf as -r -f, and chmod's -R.
func translate(args []string) []string {
	program := args[0]
	translated := []string{program}
	for i, arg := range args[1:] {
		switch {
		case arg == "--":
			return append(translated, args[1+i:]...)
		case program == "chmod" && arg == "-R":
			translated = append(translated, "--recursive")
		case slices.Contains(separated, program) && letters.MatchString(arg):
			for _, letter := range arg[1:] {
				translated = append(translated, "-"+string(letter))
			}
		default:
			translated = append(translated, arg)
		}
	}
	return translated
}
