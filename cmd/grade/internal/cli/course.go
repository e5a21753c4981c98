package cli

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/report"
	"github.com/weft-course/weft/grader/verify"
)

func courseCommand(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "course",
		Short: "For authors: check the course, begin a new exercise",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(verifyCommand(s), newCommand(s), busyCommand(s))
	return cmd
}

type verifyOptions struct {
	streams
	course string
	repeat int
	load   int
	jobs   int
	seed   uint64

	calibrate bool
	short     bool
	record    bool
	mutants   []string
	sandbox   string
}

func verifyCommand(s streams) *cobra.Command {
	o := &verifyOptions{streams: s}
	cmd := &cobra.Command{
		Use:   "verify [EXERCISE…]",
		Short: "Check that stubs fail, correct designs pass and every mutant gets its verdict",
		Long: `Verify grades everything that an exercise brings with it: the stub must compile,
vet clean, fail a visible test and never hang; the reference and every variant must
pass everything; every mutant must get exactly the verdict that it declares; and each
criterion needs a mutant that it alone catches.`,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), args) },
	}
	f := cmd.Flags()
	f.StringVar(&o.course, "course", "", "the folder that holds exercises and solutions (default: the one around the current folder)")
	f.IntVar(&o.repeat, "repeat", 1, "grade each submission this many times, each time with another seed; its schedules, which no seed changes, once")
	f.IntVar(&o.load, "load", 0, "keep this many busy loops running beside it")
	f.Lookup("load").NoOptDefVal = "3"
	f.IntVar(&o.jobs, "jobs", max(1, runtime.NumCPU()), "submissions at the same time")
	f.Uint64Var(&o.seed, "seed", 1, "the first seed")
	f.BoolVar(&o.short, "short", false, "of the mutants, grade for each criterion only the one that shows best that it alone catches something")
	f.StringVar(&o.sandbox, "sandbox", "auto", "confine submissions: auto, require or off, as for grade")
	f.StringSliceVar(&o.mutants, "mutant", nil, "grade only the mutants of these names")
	f.BoolVar(&o.record, "record", false, "write what a student sees of each mutant into testdata/messages")
	f.BoolVar(&o.calibrate, "calibrate", false, "measure how often each mutant fails under exploration, and write the schedules that this takes into exercise.json")
	return cmd
}

func (o *verifyOptions) run(ctx context.Context, names []string) error {
	root := o.course
	if root == "" {
		var ok bool
		if root, ok = course.Find("."); !ok {
			return usagef("run it in a checkout of the course, or name one with --course", "there is no course around this folder")
		}
	}
	c, err := openCourse(root)
	if err != nil {
		return err
	}
	todo, err := pick(c, names)
	if err != nil {
		return err
	}
	for _, m := range o.mutants {
		if !slices.ContainsFunc(todo, func(ex *grader.Exercise) bool {
			return exists(filepath.Join(root, "solutions", ex.Slug, "testdata", "mutants", m)) == nil
		}) {
			return usagef("they are the folders in solutions/EXERCISE/testdata/mutants", "there is no mutant %q", m)
		}
	}
	stop, err := busyLoops(o.load)
	if err != nil {
		return err
	}
	defer stop()
	if o.calibrate {
		return o.calibrateAll(ctx, root, c, todo)
	}
	return o.all(ctx, root, c, todo)
}

// pick finds the named exercises, or takes all.
func pick(c *course.Course, names []string) ([]*grader.Exercise, error) {
	if len(names) == 0 {
		return c.Exercises, c.Err()
	}
	var list []*grader.Exercise
	for _, n := range names {
		ex, ok := c.Exercise(n)
		switch {
		case ok:
			list = append(list, ex)
		case c.Broken[n] != nil:
			return nil, &hintError{code: ExitFailed, err: c.Broken[n], hint: authorHint}
		default:
			return nil, usagef(nearHint(c, n), "%q is no exercise of this course", n)
		}
	}
	return list, nil
}

func nearHint(c *course.Course, name string) string {
	if near := c.Nearest(name); near != "" {
		return "did you mean " + near + "?"
	}
	return "grade list shows the exercises"
}

func (o *verifyOptions) all(ctx context.Context, root string, c *course.Course, todo []*grader.Exercise) error {
	start := time.Now()
	g := &gradeOptions{streams: o.streams, seed: o.seed, sandbox: o.sandbox}
	e, err := g.engineFor(ctx, c)
	if err != nil {
		return err
	}
	e.lazy = true
	problems := 0
	var sums []verify.Summary
	for _, ex := range todo {
		fmt.Fprintf(o.out, "%s\n", ex.Slug)
		sum, err := verify.Exercise(ctx, root, ex, verify.Options{
			Repeat: o.repeat, Jobs: o.jobs, Short: o.short, Record: o.record, Mutants: o.mutants,
			Grade: e.gradeTimes, Text: studentText, Done: o.line,
		})
		e.progress.clear()
		if err != nil {
			return err
		}
		problems += sum.Problems
		sums = append(sums, sum)
	}
	summarize(o.out, sums, time.Since(start))
	if err := c.Err(); err != nil && len(todo) == len(c.Exercises) {
		fmt.Fprintf(o.out, "%v\n", err)
		problems++
	}
	if problems > 0 {
		return exitError{ExitFailed}
	}
	return nil
}

// slowGrading is from where on the protocol says how long a grading took: an
// author should know which wrong answers keep a student waiting.
const slowGrading = 4 * time.Second

// line prints one line of the protocol.
func (o *verifyOptions) line(l verify.Line) {
	mark := "✓"
	if len(l.Problems) > 0 {
		mark = "✗"
	}
	text := fmt.Sprintf("  %s %s", mark, l.What)
	if l.Runs > 0 {
		text += fmt.Sprintf("  %d/%d", l.Runs-l.Bad, l.Runs)
	}
	if l.Note != "" {
		text += "  " + l.Note
	}
	if slow := time.Duration(l.MaxMS) * time.Millisecond; slow >= slowGrading {
		text += fmt.Sprintf("  (%.0f s)", slow.Seconds())
	}
	fmt.Fprintln(o.out, text)
	for _, p := range l.Problems {
		fmt.Fprintf(o.out, "      %s\n", p)
	}
	for _, n := range l.News {
		fmt.Fprintf(o.out, "      new message: %s\n", n)
	}
}

// studentText is the report of one grading as it stands in a file.
func studentText(r *grader.Report) string { return textReport(r, report.Options{}) }

// textReport is the report of one grading as a terminal shows it.
func textReport(r *grader.Report, o report.Options) string {
	var text strings.Builder
	f, _ := report.Find("text")
	f.Write(&text, []*grader.Report{r}, o) // a Builder never fails
	return text.String()
}

func summarize(w io.Writer, sums []verify.Summary, took time.Duration) {
	var t verify.Summary
	var slowest int64
	for _, s := range sums {
		t.Mutants += s.Mutants
		t.MutantRuns += s.MutantRuns
		t.MutantsMissed += s.MutantsMissed
		t.Correct += s.Correct
		t.CorrectRuns += s.CorrectRuns
		t.CorrectFailed += s.CorrectFailed
		t.Unmeasured += s.Unmeasured
		t.Problems += s.Problems
		slowest = max(slowest, s.MedianMS)
	}
	fmt.Fprintf(w, "\n%d exercises in %v\n", len(sums), took.Round(time.Second))
	fmt.Fprintf(w, "  mutants: %d, caught as declared in %d of %d gradings\n", t.Mutants, t.MutantRuns-t.MutantsMissed, t.MutantRuns)
	fmt.Fprintf(w, "  correct designs: %d, false failures in %d of %d gradings\n", t.Correct, t.CorrectFailed, t.CorrectRuns)
	if t.Unmeasured > 0 {
		fmt.Fprintf(w, "  gradings with something not measurable here: %d\n", t.Unmeasured)
	}
	fmt.Fprintf(w, "  a grading takes (median, slowest exercise): %.1f s\n  problems: %d\n", float64(slowest)/1000, t.Problems)
}

func newCommand(s streams) *cobra.Command {
	var root string
	cmd := &cobra.Command{
		Use:   "new SLUG",
		Short: "Begin an exercise: write both folders, complete and passing their own check",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if root == "" {
				var ok bool
				if root, ok = course.Find("."); !ok {
					return usagef("run it in a checkout of the course, or name one with --course", "there is no course around this folder")
				}
			}
			files, err := course.New(root, args[0])
			if err != nil {
				return usagef("a slug is two digits, a hyphen and a name, as in 24-latch", "%w", err)
			}
			for _, f := range files {
				fmt.Fprintln(s.out, f)
			}
			fmt.Fprintf(s.out, "next: grade course verify %s\n", args[0])
			return nil
		},
	}
	cmd.Flags().StringVar(&root, "course", "", "the folder that holds exercises and solutions (default: the one around the current folder)")
	return cmd
}

// busyCommand is a busy loop for --load. It ends with its standard input, so
// none outlives the command that started it.
func busyCommand(s streams) *cobra.Command {
	return &cobra.Command{
		Use: "busy-loop", Hidden: true, Args: cobra.NoArgs,
		Run: func(*cobra.Command, []string) {
			go func() {
				for n := 0; ; n++ {
					_ = n
				}
			}()
			bufio.NewReader(s.in).ReadByte()
		},
	}
}

// busyLoops starts n of them; stop ends them.
func busyLoops(n int) (stop func(), err error) {
	if n == 0 {
		return func() {}, nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("busy loops: %w", err)
	}
	var ends []io.Closer
	var cmds []*exec.Cmd
	stop = func() {
		for i, c := range slices.Backward(cmds) {
			ends[i].Close()
			c.Wait()
		}
	}
	for range n {
		cmd := exec.Command(self, "course", "busy-loop")
		in, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			stop()
			return nil, fmt.Errorf("busy loops: %w", err)
		}
		ends, cmds = append(ends, in), append(cmds, cmd)
	}
	return stop, nil
}
