// The program is a runner of bakeoff: goroutines on Go's scheduler.
package main

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strconv"
)

func main() {
	arguments := os.Args[1:]
	switch {
	case len(arguments) == 1 && arguments[0] == "--version":
		fmt.Printf("bakeoff-go 0.1.0, %s\n", runtime.Version())
	case len(arguments) >= 1 && arguments[0] == "runner":
		if len(arguments) == 3 && arguments[1] == "--parent" {
			parent, err := strconv.Atoi(arguments[2])
			if err != nil {
				fmt.Fprintln(os.Stderr, "bakeoff-go: --parent takes the number of a process")
				os.Exit(2)
			}
			dieWith(parent)
		}
		r := &runner{lines: bufio.NewReader(os.Stdin), out: os.Stdout}
		os.Exit(r.converse())
	default:
		fmt.Fprintln(os.Stderr, "usage: bakeoff-go runner [--parent PID] | --version")
		os.Exit(2)
	}
}
