package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/stage"
	"github.com/weft-course/weft/grader/submission"
)

type replayOptions struct {
	gradeOptions
	seed string
	test string
	full bool
}

func replayCommand(s streams) *cobra.Command {
	o := &replayOptions{gradeOptions: gradeOptions{streams: s}}
	cmd := &cobra.Command{
		Use:   "replay PATH ID | replay PATH --seed N",
		Short: "Run one schedule again, and show step by step what happens in it",
		Long: `Runs exactly the schedule that a verdict names, and prints its timeline: a column for each goroutine, the
lines it runs, where it waits and for whom. Without --full, the schedule is first reduced to the switches that it takes to fail.
ID is what the verdict calls the schedule, as in TestHandOff/17-3f9a1c; --test and --seed say the same in two words.`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 2 {
				if o.seed != "" || o.test != "" {
					return usagef("leave one of them out", "the schedule is named twice: %s, and by flags", args[1])
				}
				o.test, o.seed = splitID(args[1])
			}
			return o.run(cmd.Context(), args[0])
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.seed, "seed", "", "the schedule, as the verdict names it: 17, or 17-3f9a1c")
	f.StringVar(&o.test, "test", "", "the test, as the verdict names it (default: the first that fails)")
	f.BoolVar(&o.full, "full", false, "show every step of the whole schedule")
	f.StringVar(&o.course, "course", "", "take exercises from this folder or zip file instead of the built-in course")
	f.StringVar(&o.exercise, "exercise", "", "the exercise, where the folder's name does not say it")
	return cmd
}

// splitID splits "TestHandOff/17-3f9a1c" into the test and the seed. Without a
// test, the first that fails under the seed is shown.
func splitID(id string) (test, seed string) {
	at := strings.LastIndex(id, "/")
	return id[:max(at, 0)], id[at+1:]
}

// parseSeed splits "17-3f9a1c" into the seed and the code it belongs to.
func parseSeed(text string) (seed uint64, code string, err error) {
	number, code, _ := strings.Cut(text, "-")
	seed, err = strconv.ParseUint(number, 10, 64)
	if err != nil || seed == 0 {
		return 0, "", usagef("copy it from the verdict, as in: grade replay ./exercises/05-semaphore TestHandOff/17-3f9a1c", "%q is no schedule", text)
	}
	return seed, code, nil
}

func (o *replayOptions) run(ctx context.Context, dir string) error {
	seed, code, err := parseSeed(o.seed)
	if err != nil {
		return err
	}
	e, err := o.engine(ctx, []string{dir})
	if err != nil {
		return err
	}
	ex, err := e.find(dir)
	if err != nil {
		return err
	}
	tests := ex.StageTests(grader.StageRace)
	if o.test != "" {
		if !slices.Contains(tests, o.test) {
			return usagef("copy it from the verdict", "%s has no test %s whose schedules are explored", ex.Slug, o.test)
		}
		tests = []string{o.test}
	}
	return e.with(ex, dir, func(p *grader.Pass) error {
		if code != "" && !strings.HasPrefix(p.Submission.Hash, code) {
			fmt.Fprintf(o.err, "the seed belonged to another version of the code: %s has changed since, so its schedule %d is another one\n", grader.Clean(dir), seed)
		}
		if err := e.buildToReplay(ctx, p); err != nil {
			return err
		}
		r, err := stage.Replay(ctx, p, tests, seed, o.full)
		e.progress.clear()
		if err != nil {
			return err
		}
		return o.show(ex, p.Submission, seed, r)
	})
}

// buildToReplay refuses and builds as a grading does.
func (e *engine) buildToReplay(ctx context.Context, p *grader.Pass) error {
	if bad := append(p.Intake, submission.Check(p.Submission, p.Exercise)...); len(bad) > 0 {
		return &hintError{code: ExitNotBuilt, err: fmt.Errorf("%s is refused: %s", p.Submission.Dir, bad[0].Message), hint: "run: grade " + p.Submission.Dir}
	}
	e.progress.show("building")
	built, err := p.Bench.Build(ctx, []grader.Flavour{grader.FlavourExplore, grader.FlavourPlain})
	if err != nil {
		return err
	}
	if len(built.Findings) > 0 {
		return &hintError{code: ExitNotBuilt, err: fmt.Errorf("%s does not build: %s", p.Submission.Dir, built.Findings[0].Message), hint: "run: grade " + p.Submission.Dir}
	}
	if why, missing := built.Missing[grader.FlavourExplore]; missing {
		return &hintError{code: ExitBroken, err: errors.New(why), hint: "run: grade doctor"}
	}
	return nil
}

// show prints what went wrong and the timeline.
func (o *replayOptions) show(ex *grader.Exercise, sub *grader.Submission, seed uint64, r stage.Replayed) error {
	fmt.Fprint(o.out, story(ex, sub, seed, r, o.full)(o.width()))
	if len(r.Test.Findings) > 0 {
		return exitError{ExitFailed}
	}
	return nil
}

// story is what there is to say of a schedule that has run again.
func story(ex *grader.Exercise, sub *grader.Submission, seed uint64, r stage.Replayed, full bool) sheet {
	t := timelineOf(ex, sub, r, full)
	head, tail := happened(ex, seed, r), ""
	switch {
	case r.Reduced && r.Yields == 1:
		tail = "\nreduced to the one switch that it takes to fail; --full shows the whole schedule\n"
	case r.Reduced:
		tail = fmt.Sprintf("\nreduced to the %d switches that it takes to fail; --full shows the whole schedule\n", r.Yields)
	case !full:
		tail = fmt.Sprintf("\n%d steps; --full shows every one\n", t.Steps)
	}
	return func(columns int) string {
		var b strings.Builder
		t.Text(grader.Cleaner(&b), columns)
		return fold(head, columns) + b.String() + fold(tail, columns)
	}
}

// happened says what went wrong in a schedule.
func happened(ex *grader.Exercise, seed uint64, r stage.Replayed) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  schedule %d\n", ex.Slug, r.Test.Name, seed)
	if test, _, ok := ex.Test(r.Test.Name); ok && test.Rule != "" {
		fmt.Fprintln(&b, test.Rule)
	}
	fmt.Fprintln(&b)
	if len(r.Test.Findings) == 0 {
		fmt.Fprintf(&b, "nothing goes wrong in this schedule\n\n")
	}
	for _, f := range r.Test.Findings {
		fmt.Fprintf(&b, "  ✗ %s: %s\n", f.Cause, f.Message)
		if f.Pos.IsValid() {
			fmt.Fprintf(&b, "    %s\n", f.Pos)
		}
	}
	fmt.Fprintln(&b)
	return grader.Clean(b.String())
}

// width is that of the terminal, or 100.
func (o *replayOptions) width() int {
	if w := o.columns(); w >= 30 {
		return w
	}
	return 100
}
