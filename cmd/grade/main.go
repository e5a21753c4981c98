// Command grade judges solutions to the exercises of Weft, a course in Go
// concurrency. Run it with the folder of an exercise.
package main

import (
	"os"

	"github.com/weft-course/weft/cmd/grade/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
