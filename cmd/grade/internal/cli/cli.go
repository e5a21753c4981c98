// Package cli is the command line of grade, a file for each command. Commands
// parse; what they do is in functions that tests call with streams of their own.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/submission"
	"github.com/weft-course/weft/grader/workspace"
)

// Exit codes. The same command gives the same one everywhere.
const (
	ExitPassed   = 0 // everything assessed passed
	ExitFailed   = 1 // graded, not passed
	ExitUsage    = 2 // the command line, or a path on it, is wrong
	ExitNotBuilt = 3 // the submission does not build, or is refused
	ExitBroken   = 4 // the grader or the machine failed; never costs points
)

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// columns is the width of the terminal that out is, or 0.
func (s streams) columns() int {
	if f, ok := s.out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			return w
		}
	}
	return 0
}

// exitError carries an exit code out of a command that has said all there is to say.
type exitError struct{ code int }

func (e exitError) Error() string { return fmt.Sprintf("exit status %d", e.code) }

// hintError is an error with what to do about it.
type hintError struct {
	code int
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }

func usagef(hint, format string, args ...any) error {
	return &hintError{code: ExitUsage, err: fmt.Errorf(format, args...), hint: hint}
}

// Main runs the command with the arguments and returns its exit code.
func Main(args []string, in io.Reader, out, errw io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd := root(streams{in, out, errw})
	cmd.SetArgs(args)
	cmd.SetIn(in)
	cmd.SetOut(out)
	cmd.SetErr(errw)
	return code(cmd.ExecuteContext(ctx), errw)
}

// code prints what an error has to say and returns the exit code for it.
func code(err error, w io.Writer) int {
	var exit exitError
	if err == nil {
		return ExitPassed
	} else if errors.As(err, &exit) {
		return exit.code
	}
	n, hint := classify(err)
	fmt.Fprintf(w, "grade: %s\n", grader.Clean(strings.TrimPrefix(err.Error(), "grade: ")))
	if hint != "" {
		fmt.Fprintf(w, "  → %s\n", hint)
	}
	return n
}

func classify(err error) (code int, hint string) {
	var (
		hinted  *hintError
		input   *submission.InputError
		tools   *workspace.ToolchainError
		scratch *workspace.ScratchError
	)
	switch {
	case errors.As(err, &hinted):
		return hinted.code, hinted.hint
	case errors.As(err, &input):
		return ExitUsage, input.Hint
	case errors.As(err, &tools):
		return ExitBroken, tools.Hint
	case errors.As(err, &scratch):
		return ExitBroken, "free some space there, or name another folder with TMPDIR=/path grade …"
	case errors.Is(err, context.Canceled):
		return ExitBroken, "interrupted; nothing was judged and nothing was left behind"
	}
	return ExitBroken, "this is a fault of the grader or the machine and costs no points; run again, or report it with --verbose"
}

// version is the grader's version, from the build.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "devel"
	}
	return info.Main.Version
}

func root(s streams) *cobra.Command {
	o := &gradeOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "grade [flags] [PATH…]",
		Short: "Grade solutions to the exercises of Weft, a course in Go concurrency",
		Long: `Grade judges solutions to the exercises of Weft, a course in Go concurrency.

Give it the folder of an exercise. It builds your code with hidden tests, runs
them under the race detector in many orders, looks for leaked goroutines, checks
timing in virtual time, measures real speed-up, and says in your own file and
line what is wrong, why, and what to try next. Without a path it takes the
exercise of the current folder, else, in a folder that grade init has set up,
the next one that you have not passed.

Exit status: 0 everything assessed passed, 1 graded but not passed, 2 wrong
usage, 3 the submission does not build or is refused, 4 the grader or the
machine failed (that never costs points).`,
		Example: `  grade ./exercises/05-semaphore
  grade --only race,leak ./exercises/05-semaphore
  grade --format json --output result.json ./exercises/05-semaphore`,
		Args:          cobra.ArbitraryArgs,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	cmd.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usagef("see: "+c.CommandPath()+" --help", "%w", err)
	})
	o.flags(cmd)
	cmd.AddCommand(replayCommand(s), listCommand(s), explainCommand(s), doctorCommand(s), courseCommand(s), exploreCommand(s))
	cmd.AddCommand(batchCommand(s), mergeCommand(s), gradebookCommand(s), diffCommand(s))
	cmd.AddCommand(watchCommand(s))
	cmd.AddCommand(hintCommand(s), showCommand(s), solutionCommand(s), resetCommand(s), initCommand(s))
	return cmd
}
