package cli

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/batch"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/cpus"
	"github.com/weft-course/weft/grader/sandbox"
	"github.com/weft-course/weft/grader/workspace"
)

// batchOptions are the flags of grade batch.
type batchOptions struct {
	gradeOptions
	results string
	shard   string
	fresh   bool
}

func batchCommand(s streams) *cobra.Command {
	o := &batchOptions{gradeOptions: gradeOptions{streams: s}}
	cmd := &cobra.Command{
		Use:   "batch [flags] SUBMISSIONS --out RESULTS",
		Short: "For instructors: grade the submissions of a whole class",
		Long: `Batch grades every submission in a folder: a folder, a .zip, a .tar.gz or a .tar
for each student, whose name is the student's id. In place of the folder it takes
a roster, a CSV file with the columns id and path, and optionally commit,
submitted_at, name, email and due.

Within a submission, a folder that bears the name of an exercise is graded as that
exercise; with --exercise, every submission is one for that exercise.

Each result is a file RESULTS/ID/EXERCISE.json. A run that was killed or
interrupted goes on where it was when it is started again. What has not changed is
not graded again, and the same content is graded once for all who hand it in.

Exit status: 0 every submission has its verdict, 2 wrong usage, 3 some submission
could not be read (its result says why), 4 the grader or the machine failed.`,
		Example: `  grade batch ./submissions --out ./results
  grade batch roster.csv --out ./results --exercise 05-semaphore
  grade batch ./submissions --out ./results-2 --shard 2/8`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("grade batch ./submissions --out ./results", "give one folder of submissions, or one roster")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args[0]) },
	}
	f := cmd.Flags()
	f.StringVarP(&o.results, "out", "o", "", "the folder of the results; it is made where there is none")
	f.StringVar(&o.course, "course", "", "take exercises from this folder or zip file instead of the built-in course")
	f.StringVar(&o.exercise, "exercise", "", "the exercise of all submissions, where no folder in them says it")
	f.Uint64Var(&o.seed, "seed", 1, "orders tests and schedules; the same seed gives the same ones")
	f.StringSliceVar(&o.only, "only", nil, "judge only these criteria or stages, separated by commas")
	f.BoolVar(&o.quick, "quick", false, "one run instead of several, and no speed-up: for a first look")
	f.DurationVar(&o.timeout, "timeout", 0, "stop a single test after this time (default 15s, or what the exercise says)")
	f.IntVar(&o.jobs, "jobs", max(1, int(cpus.Effective())), "submissions at the same time; those that measure still go one by one")
	f.StringVar(&o.sandbox, "sandbox", "auto", "confine submissions: auto, require or off, as for grade")
	f.StringVar(&o.shard, "shard", "", "grade part i of N, as 2/8; auto/8 takes i from a Kubernetes Indexed Job or a Slurm array")
	f.BoolVar(&o.fresh, "fresh", false, "grade again what has a result")
	return cmd
}

func (o *batchOptions) run(ctx context.Context, from string) error {
	shard, err := batch.ParseShard(o.shard, os.Getenv)
	if err != nil {
		return batchError(err)
	}
	if o.jobs < 1 {
		return usagef("as in: --jobs 2", "--jobs is %d; at least one submission is graded at a time", o.jobs)
	}
	e, ex, err := o.prepare(ctx)
	if err != nil {
		return err
	}
	build, err := buildID(version())
	if err != nil {
		return err
	}
	line := newProgress(o.err)
	sum, err := batch.Run(ctx, batch.Options{
		From: from, Out: o.results, Course: e.course, Exercise: ex, Shard: shard, Jobs: o.jobs, Fresh: o.fresh,
		Grader: e.info(), Build: build, Flags: o.keyFlags(), Grade: e.gradeOne,
		Show: func(p batch.Progress) { line.show(progressLine(p)) },
	})
	line.clear()
	if err != nil {
		return batchError(err)
	}
	return o.tell(sum)
}

// prepare makes the engine that all gradings share, and finds the one exercise
// where --exercise names it.
func (o *batchOptions) prepare(ctx context.Context) (*engine, *grader.Exercise, error) {
	c, err := openCourse(o.course)
	if err != nil {
		return nil, nil, err
	}
	e, err := o.engineFor(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	e.progress, e.forgetful, e.measuring = newProgress(io.Discard), true, new(sync.Mutex)
	e.lazy = true // what has failed is not built in every flavour: the others use the time
	if o.exercise == "" {
		return e, nil, o.checkAll(e, c)
	}
	ex, err := e.find(".")
	if err != nil {
		return nil, nil, err
	}
	if err := sandbox.Check(e.mode, profileOf(ex)); err != nil {
		return nil, nil, noSandbox(err)
	}
	return e, ex, e.checkOnly(ex)
}

// checkAll refuses, before anything is graded, what no exercise could be graded with.
func (o *batchOptions) checkAll(e *engine, c *course.Course) error {
	if err := c.Err(); err != nil {
		return &hintError{code: ExitBroken, err: err, hint: authorHint}
	}
	if err := sandbox.Check(e.mode, sandbox.Pure); err != nil {
		return noSandbox(err)
	}
	for _, name := range o.only {
		known := slices.ContainsFunc(c.Exercises, func(ex *grader.Exercise) bool {
			return slices.ContainsFunc(ex.Criteria, func(c grader.Criterion) bool { return name == c.ID || name == c.Stage })
		})
		if !known {
			return usagef("as in: --only race,leak", "--only %q names no criterion or stage of any exercise", name)
		}
	}
	return nil
}

func noSandbox(err error) error {
	return &hintError{code: ExitBroken, err: err, hint: "grade doctor says what is missing and how to get it; --sandbox=auto uses what there is"}
}

// gradeOne judges one folder of a batch. What would fail for every submission
// ends the run.
func (e *engine) gradeOne(ctx context.Context, dir string, ex *grader.Exercise) (*grader.Report, error) {
	reports, err := e.gradeTimes(ctx, ex, dir, 1)
	var (
		tools   *workspace.ToolchainError
		scratch *workspace.ScratchError
		hinted  *hintError
	)
	switch {
	case errors.As(err, &tools) || errors.As(err, &scratch) || errors.As(err, &hinted):
		return nil, &batch.StopError{Err: err}
	case err != nil:
		return nil, err
	}
	return reports[0], nil
}

// oneAtATime makes the stages that measure wait for each other.
func oneAtATime(stages []grader.Stage, measuring *sync.Mutex) {
	for i, s := range stages {
		if s.Name != grader.StageTiming && s.Name != grader.StageSpeedup {
			continue
		}
		stages[i].Run = func(ctx context.Context, p *grader.Pass) (grader.StageResult, error) {
			measuring.Lock()
			defer measuring.Unlock()
			if err := ctx.Err(); err != nil {
				return grader.StageResult{}, err
			}
			return s.Run(ctx, p)
		}
	}
}

// keyFlags are the flags that a result depends on.
func (o *batchOptions) keyFlags() map[string]string {
	only := slices.Sorted(slices.Values(o.only))
	return map[string]string{
		"seed": strconv.FormatUint(o.seed, 10), "only": strings.Join(slices.Compact(only), ","), "quick": strconv.FormatBool(o.quick),
		"timeout": o.timeout.String(), "sandbox": o.sandbox,
	}
}

// buildID tells apart builds that bear no version of their own: by what the
// program itself holds.
func buildID(version string) (string, error) {
	if version != "devel" && version != "(devel)" && !strings.Contains(version, "+dirty") {
		return "", nil
	}
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("which build this is: %w", err)
	}
	f, err := os.Open(self)
	if err != nil {
		return "", fmt.Errorf("which build this is: %w", err)
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("which build this is: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func progressLine(p batch.Progress) string {
	text := fmt.Sprintf("%d of %d submissions", p.Done, p.Total)
	if left := p.Left.Round(time.Second); left > 0 {
		text += fmt.Sprintf(", about %v left", left)
	}
	return text
}

// maxTold is how many submissions of a kind are named; the results have all.
const maxTold = 50

// tell says what was done, and what went wrong with whom.
func (o *batchOptions) tell(sum batch.Summary) error {
	w, out := grader.Cleaner(o.err), grader.Cleaner(o.out)
	if len(sum.Aside) > 0 {
		fmt.Fprintf(w, "left aside, neither folder nor archive: %s\n", strings.Join(sum.Aside[:min(len(sum.Aside), maxTold)], ", "))
	}
	notes(w, "not read", sum.Unread)
	notes(w, "not graded, for a fault of the grader or the machine", sum.Errors)
	_, err := fmt.Fprintf(out, "submissions: %d; graded: %d; the same as another: %d; kept: %d; not read: %d; not graded: %d\n",
		sum.Submissions, sum.Graded, sum.Identical, sum.Kept, len(sum.Unread), len(sum.Errors))
	switch {
	case err != nil:
		return err
	case len(sum.Errors) > 0:
		fmt.Fprintln(w, "  → run the same command again; it costs nobody points")
		return exitError{ExitBroken}
	case len(sum.Unread) > 0:
		return exitError{ExitNotBuilt}
	}
	return nil
}

func notes(w io.Writer, what string, list []batch.Note) {
	slices.SortFunc(list, func(a, b batch.Note) int { return strings.Compare(a.ID, b.ID) })
	for i, n := range list {
		if i == maxTold {
			fmt.Fprintf(w, "%s: %d more; see their results\n", what, len(list)-maxTold)
			return
		}
		fmt.Fprintf(w, "%s: %s: %s\n", what, n.ID, n.Text)
	}
}

// batchError gives errors of package batch their exit codes.
func batchError(err error) error {
	var input *batch.InputError
	switch {
	case errors.As(err, &input):
		return &hintError{code: ExitUsage, err: err, hint: input.Hint}
	case errors.Is(err, context.Canceled):
		return &hintError{code: ExitBroken, err: errors.New("interrupted"), hint: "what is graded is kept; the same command goes on from there"}
	}
	return err
}
