// Command rulecheck has Prometheus' own parser read PromQL expressions from its input, one a line, and prints what is
// wrong with each that it refuses, or that is no vector. It exits 1 if there is any, or no expression at all.
//
// With two arguments, files of rules and of scenarios, it evaluates the rules instead: see evaluate.
package main

import (
	"bufio"
	"fmt"
	"os"

	"github.com/prometheus/prometheus/promql/parser"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "rulecheck:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) == 3 {
		return evaluate(os.Args[1], os.Args[2])
	}
	lines := bufio.NewScanner(os.Stdin)
	read, refused := 0, 0
	for lines.Scan() {
		read++
		if err := check(lines.Text()); err != nil {
			refused++
			fmt.Printf("%s\n\t%v\n", lines.Text(), err)
		}
	}
	if err := lines.Err(); err != nil {
		return err
	}
	if read == 0 || refused > 0 {
		return fmt.Errorf("%d of %d expressions refused", refused, read)
	}
	fmt.Printf("%d expressions\n", read)
	return nil
}

func check(text string) error {
	expr, err := parser.ParseExpr(text)
	if err != nil {
		return err
	}
	if expr.Type() != parser.ValueTypeVector {
		return fmt.Errorf("is a %s", expr.Type())
	}
	return nil
}
