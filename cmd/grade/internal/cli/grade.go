package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/cpus"
	"github.com/weft-course/weft/grader/report"
	"github.com/weft-course/weft/grader/sandbox"
	"github.com/weft-course/weft/grader/stage"
	"github.com/weft-course/weft/grader/submission"
	"github.com/weft-course/weft/grader/workspace"
)

// gradeOptions are the flags of the main job.
type gradeOptions struct {
	streams
	course   string
	exercise string
	seed     uint64
	only     []string
	quick    bool
	timeout  time.Duration
	jobs     int
	verbose  bool
	color    string
	format   string
	json     bool
	outputs  []string
	output   string // all of outputs: empty where there is none
	sandbox  string
}

func (o *gradeOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.course, "course", "", "take exercises from this folder or zip file instead of the built-in course")
	f.StringVar(&o.exercise, "exercise", "", "the exercise, where the folder's name does not say it")
	f.Uint64Var(&o.seed, "seed", 1, "orders tests and schedules; the same seed gives the same ones")
	f.StringSliceVar(&o.only, "only", nil, "judge only these criteria or stages, separated by commas")
	f.BoolVar(&o.quick, "quick", false, "one run instead of several, and no speed-up: for a first look")
	f.DurationVar(&o.timeout, "timeout", 0, "stop a single test after this time (default 15s, or what the exercise says)")
	f.IntVar(&o.jobs, "jobs", 1, "grade this many submissions at the same time")
	f.BoolVarP(&o.verbose, "verbose", "v", false, "show every finding, with the raw evidence")
	f.StringVar(&o.color, "color", "auto", "auto, always or never; NO_COLOR is respected")
	f.StringVar(&o.format, "format", "text", "how to write the result, several separated by commas: "+formats())
	f.BoolVar(&o.json, "json", false, "the same as --format json")
	f.StringVar(&o.sandbox, "sandbox", "auto", "confine submissions: auto (with what this machine has), require (or refuse to run), off")
	f.StringArrayVarP(&o.outputs, "output", "o", nil, "write the result to this `FILE` instead of standard output; FORMAT=FILE where there are several formats")
}

func formats() string {
	var names []string
	for _, f := range report.All() {
		names = append(names, f.Name)
	}
	return strings.Join(names, ", ")
}

func (o *gradeOptions) run(ctx context.Context, paths []string) error {
	if len(paths) == 0 {
		next, err := o.nextPath()
		if err != nil {
			return err
		}
		paths = []string{next}
	}
	if o.json {
		o.format = "json"
	}
	o.output = strings.Join(o.outputs, ",")
	targets, err := o.targets()
	if err != nil {
		return err
	}
	color, err := useColor(o.color, o.out)
	if err != nil {
		return err
	}
	e, err := o.engine(ctx, paths)
	if err != nil {
		return err
	}
	if err := o.early(targets); err != nil {
		return err
	}
	e.wantStories(targets)
	reports, err := e.gradeAll(ctx, paths, max(1, o.jobs))
	e.progress.clear()
	if err != nil {
		return err
	}
	ro := report.Options{Color: color, Verbose: o.verbose, Source: e.source, Story: e.story}
	if err := o.write(targets, reports, ro); err != nil {
		return err
	}
	o.keep(reports)
	return exitAs(targets, reports)
}

// exitFor returns the worst exit code of several reports.
func exitFor(reports []*grader.Report) error {
	worst := ExitPassed
	for _, r := range reports {
		n := ExitFailed
		switch {
		case r.Status == grader.StatusRefused || r.Status == grader.StatusBuildFailed:
			n = ExitNotBuilt
		case r.Status == grader.StatusError:
			n = ExitBroken
		case r.AllPassed():
			n = ExitPassed
		}
		worst = max(worst, n)
	}
	if worst == ExitPassed {
		return nil
	}
	return exitError{worst}
}

// useColor resolves --color.
func useColor(mode string, w io.Writer) (bool, error) {
	switch mode {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(w), nil
	}
	return false, usagef("", "--color is %q; it is auto, always or never", mode)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// engine is what all gradings of one command share.
type engine struct {
	o        *gradeOptions
	course   *course.Course
	tools    *workspace.Toolchain
	cpus     float64
	lazy     bool // see [grader.Pass]
	mode     sandbox.Mode
	alone    sync.RWMutex
	progress *progress
	stories  stories
	// measuring is held by a stage that measures, where several gradings run
	// and no two of those may at once; nil lets them.
	measuring *sync.Mutex
	// forgetful keeps no sources for excerpts: many submissions are graded.
	forgetful bool

	mu   sync.Mutex
	read map[string][]byte // what submissions hold, by the file's name as the student would type it
}

// source returns a file of a submission as it was read. Nothing is opened again:
// by now the name may lead elsewhere.
func (e *engine) source(name string) []byte {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.read[name]
}

func (e *engine) remember(sub *grader.Submission) {
	if e.forgetful {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.read == nil {
		e.read = map[string][]byte{}
	}
	for name, text := range sub.Files {
		e.read[filepath.Join(sub.Dir, name)] = text
	}
}

func (o *gradeOptions) engine(ctx context.Context, paths []string) (*engine, error) {
	for _, p := range paths { // a wrong path is told before anything else is looked for
		if err := exists(p); err != nil {
			if near := o.meant(p); near != "" {
				return nil, usagef("did you mean: grade "+near, "there is no folder %s", p)
			}
			return nil, err
		}
	}
	c, err := openCourse(o.course)
	if err != nil {
		return nil, err
	}
	return o.engineFor(ctx, c)
}

func (o *gradeOptions) engineFor(ctx context.Context, c *course.Course) (*engine, error) {
	mode, err := sandbox.ParseMode(cmp.Or(o.sandbox, string(sandbox.Auto)))
	if err != nil {
		return nil, usagef("", "--sandbox: %w", err)
	}
	tools, err := workspace.FindToolchain(ctx)
	if err != nil {
		return nil, err
	}
	return &engine{mode: mode, o: o, course: c, tools: tools, cpus: cpus.Effective(), progress: newProgress(o.err)}, nil
}

// exists says what is wrong with a path that leads to no folder.
func exists(p string) error {
	if info, err := os.Stat(p); err == nil && info.IsDir() {
		return nil
	}
	_, _, err := submission.Open(p, &grader.Exercise{Slug: "05-semaphore"})
	return err
}

// meant is the folder that a path which leads nowhere was to lead to: one with
// the other system's separators, or that of an exercise which is named instead.
func (o *gradeOptions) meant(p string) string {
	if dir := filepath.Clean(strings.ReplaceAll(p, `\`, "/")); dir != filepath.Clean(p) && exists(dir) == nil {
		return filepath.ToSlash(dir)
	}
	c, err := openCourse(o.course)
	if err != nil {
		return ""
	}
	ex, ok := c.Exercise(filepath.Base(p))
	if !ok {
		return ""
	}
	dir, ok := openHome(streams{err: io.Discard}).dirOf(c, ex)
	if !ok {
		dir = filepath.Join("exercises", ex.Slug)
	}
	if exists(dir) != nil {
		return ""
	}
	return dir
}

// gradeAll grades the folders, n at a time, and keeps their order.
func (e *engine) gradeAll(ctx context.Context, paths []string, n int) ([]*grader.Report, error) {
	reports := make([]*grader.Report, len(paths))
	errs := make([]error, len(paths))
	places := make(chan struct{}, n)
	var all sync.WaitGroup
	for i, p := range paths {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			reports[i], errs[i] = e.grade(ctx, p)
		})
	}
	all.Wait()
	if len(paths) == 1 || ctx.Err() != nil {
		return reports, errors.Join(errs...)
	}
	for i, err := range errs { // one broken folder does not stop the others
		if err != nil {
			reports[i] = e.broken(paths[i], err)
		}
	}
	return reports, nil
}

func (e *engine) broken(path string, err error) *grader.Report {
	r := &grader.Report{Schema: grader.ResultSchema, Status: grader.StatusError, Error: err.Error(), Seed: e.o.seed, Checks: []grader.CheckReport{}}
	r.Submission = grader.SubmissionInfo{ID: filepath.Base(path), Dir: path}
	r.Grader = e.info()
	return r
}

// grade judges one folder.
func (e *engine) grade(ctx context.Context, dir string) (*grader.Report, error) {
	ex, err := e.find(dir)
	if err != nil {
		return nil, err
	}
	if err := e.checkOnly(ex); err != nil {
		return nil, err
	}
	reports, err := e.gradeTimes(ctx, ex, dir, 1)
	if err != nil {
		return nil, err
	}
	return reports[0], nil
}

// gradeTimes builds a submission once and judges it n times, each time with
// another seed. Its schedules, which no seed changes, are explored once.
func (e *engine) gradeTimes(ctx context.Context, ex *grader.Exercise, dir string, n int) (reports []*grader.Report, err error) {
	err = e.with(ex, dir, func(p *grader.Pass) error {
		for i := range n {
			p.Seed = e.o.seed + 1000*uint64(i)
			r, err := grader.Grade(ctx, e.stages(), p)
			if err != nil {
				return err
			}
			r.Exercise = grader.ExerciseInfo{Slug: ex.Slug, Title: ex.Title, Version: version(), Hash: course.Hash(ex)}
			r.Submission = grader.SubmissionInfo{ID: p.Submission.ID, Dir: p.Submission.Dir, Hash: p.Submission.Hash}
			r.Grader = e.info()
			r.Grader.Confinement = sandbox.Names(e.mode, profileOf(ex))
			if err := e.tell(ctx, p, r); err != nil {
				return err
			}
			reports = append(reports, r)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return reports, nil
}

// with opens the folder dir as a submission for ex, lays it out where it can
// be built and run, and removes that when do is over.
func (e *engine) with(ex *grader.Exercise, dir string, do func(*grader.Pass) error) (err error) {
	if err := sandbox.Check(e.mode, profileOf(ex)); err != nil {
		return &hintError{code: ExitBroken, err: err, hint: "grade doctor says what is missing and how to get it; --sandbox=auto uses what there is, for code that you trust"}
	}
	sub, intake, err := submission.Open(dir, ex)
	if err != nil {
		return err
	}
	e.remember(sub)
	ws, err := workspace.New(ex, sub, e.tools, workspace.Options{
		Limits: grader.Limits{Test: e.o.timeout}, CPUs: e.cpus, Alone: &e.alone, Progress: e.progress.show, Sandbox: e.mode,
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ws.Close()) }()
	return do(&grader.Pass{
		Exercise: ex, Submission: sub, Intake: intake, Bench: ws, Seed: e.o.seed, Quick: e.o.quick, Only: e.o.only, Lazy: e.lazy,
		Missing: map[grader.Flavour]string{}, Progress: e.progress.show,
	})
}

func (e *engine) stages() []grader.Stage {
	stages := stage.All()
	if e.o.quick {
		stages = slices.DeleteFunc(stages, func(s grader.Stage) bool { return s.Name == grader.StageSpeedup })
	}
	if e.measuring != nil {
		oneAtATime(stages, e.measuring)
	}
	return stages
}

func (e *engine) info() grader.GraderInfo {
	return grader.GraderInfo{Version: version(), Go: e.tools.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH, EffectiveCPUs: e.cpus, Confinement: []string{}}
}

// profileOf says what submissions for ex may do.
func profileOf(ex *grader.Exercise) sandbox.Profile {
	return cmp.Or(sandbox.Profile(ex.Confinement), sandbox.Pure)
}

// checkOnly refuses an --only that names nothing.
func (e *engine) checkOnly(ex *grader.Exercise) error {
	for _, o := range e.o.only {
		var known []string
		found := false
		for _, c := range ex.Criteria {
			found = found || o == c.ID || o == c.Stage
			known = append(known, c.ID)
		}
		if !found {
			return usagef("this exercise has: "+strings.Join(known, ", "), "--only %q names no criterion or stage of %s", o, ex.Slug)
		}
	}
	return nil
}

// find tells which exercise a folder holds: by --exercise or its own name.
func (e *engine) find(dir string) (*grader.Exercise, error) {
	name := e.o.exercise
	if name == "" {
		abs, err := filepath.Abs(dir)
		if err != nil {
			return nil, err
		}
		name = filepath.Base(abs)
	}
	if ex, ok := e.course.Exercise(name); ok {
		return ex, nil
	}
	if err := e.course.Broken[name]; err != nil {
		return nil, &hintError{code: ExitBroken, err: err, hint: authorHint}
	}
	hint := "grade list shows the exercises; for a folder of another name add --exercise 05-semaphore"
	if near := e.course.Nearest(name); near != "" {
		hint = fmt.Sprintf("did you mean %s? %s", near, hint)
	}
	return nil, usagef(hint, "%q is no exercise of this course", name)
}
