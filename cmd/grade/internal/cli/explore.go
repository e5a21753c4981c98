package cli

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader/foreign"
)

// exploreOptions are the flags of grade explore.
type exploreOptions struct {
	streams
	foreign.Options
	json    bool
	verbose bool
}

func exploreCommand(s streams) *cobra.Command {
	o := &exploreOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "explore [flags] DIR",
		Short: "Look for the schedules under which the tests of any Go package fail",
		Long: `Explore takes any Go package with tests, of any module. It compiles a copy in
which a seed decides which goroutine runs when, and runs every test that can
live in a bubble of virtual time under many seeds. A test that fails is told
with its seed and the command that runs exactly that schedule again; of the
first, the steps of that schedule are shown, a column for each goroutine. Nothing is
written into the module. What could not be rewritten or explored is listed,
with the reason.

Exit status: 0 nothing found, 1 a test fails, 2 wrong usage, 3 the package does
not build, 4 the machine or grade failed.`,
		Example: `  grade explore ./internal/cache
  grade explore . --seeds 5000 --budget 1m --run 'TestPool'
  grade explore . --run '^TestPool$' --seed 17`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), cmd, args) },
	}
	f := cmd.Flags()
	f.Uint64Var(&o.Seeds, "seeds", 1000, "schedules of each test, at most")
	f.DurationVar(&o.Budget, "budget", 10*time.Second, "begin no further schedule of a test after this time")
	f.StringVar(&o.Run, "run", "", "only the tests that match, as go test -run")
	f.StringVar(&o.Tags, "tags", "", "build tags, as go test -tags")
	f.Uint64Var(&o.Seed, "seed", 0, "run this schedule only")
	f.BoolVar(&o.Race, "race", true, "with the race detector")
	f.BoolVar(&o.Leaks, "leaks", true, "a goroutine that a test leaves behind is a failure")
	f.BoolVar(&o.Full, "full", false, "show every step of the failing schedule")
	f.BoolVar(&o.json, "json", false, "write the result as JSON")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show what a failing schedule printed")
	return cmd
}

func (o *exploreOptions) run(ctx context.Context, cmd *cobra.Command, args []string) error {
	switch flags := cmd.Flags(); {
	case len(args) != 1:
		return usagef("grade explore ./internal/cache", "give the folder of one Go package")
	case flags.Changed("seed") && o.Seed == 0, flags.Changed("seeds") && o.Seeds == 0:
		return usagef("", "seeds count from 1")
	case o.Budget <= 0:
		return usagef("for example --budget 1m", "--budget is %v; it must be longer than nothing", o.Budget)
	}
	o.Dir = args[0]
	line := newProgress(o.err)
	o.Progress = line.show
	r, err := foreign.Explore(ctx, o.Options)
	line.clear()
	if err != nil {
		return exploreError(err)
	}
	if err := o.write(r); err != nil {
		return err
	}
	if r.Failed() {
		return exitError{ExitFailed}
	}
	return nil
}

func (o *exploreOptions) write(r *foreign.Report) error {
	if !o.json {
		return foreign.Text(o.out, r, o.verbose)
	}
	e := json.NewEncoder(o.out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// exploreError gives an error its exit code and hint.
func exploreError(err error) error {
	var input *foreign.InputError
	var build *foreign.BuildError
	switch {
	case errors.As(err, &input):
		return usagef(input.Hint, "%w", err)
	case errors.As(err, &build):
		return &hintError{code: ExitNotBuilt, err: err, hint: "see that go test works there first"}
	case errors.Is(err, context.Canceled), errors.Is(err, os.ErrPermission):
		return err
	}
	return &hintError{code: ExitBroken, err: err, hint: "this is a fault of grade explore; please report it with the package"}
}
