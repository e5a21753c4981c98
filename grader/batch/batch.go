// Package batch grades the submissions of a whole class: folders, archives or
// the work trees that a roster names. A run may be killed at any moment and
// started again; what has a result is not graded again, and neither is content
// that somebody else has handed in before. The package also joins the results
// of several machines, compares two sets of results, and makes the gradebook.
//
// Read [Run] first. How one submission is judged is a function that the caller
// brings along; nothing here builds or runs code.
package batch

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/singleflight"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
)

// Grade judges the folder dir as a submission for ex. Its error means that the
// grader or the machine broke; a [StopError] ends the whole run.
type Grade func(ctx context.Context, dir string, ex *grader.Exercise) (*grader.Report, error)

// Options say what to grade, how, and where the results go.
type Options struct {
	From   string // a folder with one submission in each entry, or a roster
	Out    string // the folder of the results; it is made where there is none
	Course *course.Course
	// Exercise is what every submission is for. Nil takes the exercises from
	// the names of the folders in a submission.
	Exercise *grader.Exercise
	Shard    Shard
	Jobs     int  // gradings at the same time; less than 1 means 1
	Fresh    bool // grade again what has a result already
	// Grader and Flags are, with content and exercise, what a result depends on.
	Grader grader.GraderInfo
	Build  string // tells apart builds of the grader that bear no version
	Flags  map[string]string
	Grade  Grade
	Show   func(Progress) // may be nil; never called twice at once

	// hook is called at each step that a test may want to die in.
	hook func(step string)
}

// Progress is how far a run has come.
type Progress struct {
	Done, Total int // submissions
	Left        time.Duration
}

// Summary counts what a run did.
type Summary struct {
	Submissions int      // those of this shard
	Graded      int      // gradings
	Identical   int      // results copied from a grading of the same content
	Kept        int      // results that stood already
	Unread      []Note   // submissions that could not be read, and why
	Errors      []Note   // gradings that the machine or the grader could not finish
	Aside       []string // entries of the folder that are no submissions
}

// Note says something of one submission.
type Note struct{ ID, Text string }

// InputError is a mistake on the command line or in a file that it names. Hint
// says what to do.
type InputError struct{ Msg, Hint string }

func (e *InputError) Error() string { return e.Msg }

func inputf(hint, format string, args ...any) error {
	return &InputError{Msg: fmt.Sprintf(format, args...), Hint: hint}
}

// StopError says that nothing can be graded on this machine, so that going on
// would only fail for every submission.
type StopError struct{ Err error }

func (e *StopError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *StopError) Unwrap() error { return e.Err }

// run is one run of Run.
type run struct {
	o       Options
	store   *store
	hashes  map[string]string // of the exercises, by slug
	flights singleflight.Group

	mu     sync.Mutex
	sum    Summary
	fresh  map[string]bool // keys graded in this run, for Options.Fresh
	done   int
	since  time.Time
	opened sync.Mutex // one archive is read at a time: the bound on memory
}

// Run grades what o.From holds into o.Out. The summary counts what was done
// also where an error ended the run; the same call then goes on. The error is
// an [InputError], a [StopError], the context's, or that of a full or
// unwritable disk.
func Run(ctx context.Context, o Options) (Summary, error) {
	found, err := find(o.From, o.Out)
	if err != nil {
		return Summary{}, err
	}
	st, err := openStore(o.Out)
	if err != nil {
		return Summary{}, err
	}
	defer st.close()
	if o.hook == nil {
		o.hook = func(string) {}
	}
	mine := o.Shard.pick(found.entries)
	r := &run{o: o, store: st, hashes: map[string]string{}, fresh: map[string]bool{}, since: time.Now()}
	r.sum.Submissions, r.sum.Aside = len(mine), found.aside
	for _, ex := range o.Course.Exercises {
		r.hashes[ex.Slug] = course.Hash(ex)
	}
	if err := r.all(ctx, mine); err != nil {
		return r.sum, err
	}
	o.hook("manifest")
	return r.sum, st.writeManifest(r, mine)
}

// all grades the entries, so many at a time.
func (r *run) all(ctx context.Context, entries []entry) error {
	group, inner := errgroup.WithContext(ctx)
	group.SetLimit(max(1, r.o.Jobs))
	for _, e := range entries {
		if inner.Err() != nil {
			break
		}
		group.Go(func() error {
			if err := inner.Err(); err != nil {
				return err
			}
			if err := r.submission(inner, e); err != nil {
				return err
			}
			r.step(len(entries))
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// step counts a submission as done and shows the progress.
func (r *run) step(total int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.done++
	if r.o.Show == nil {
		return
	}
	each := time.Since(r.since) / time.Duration(r.done)
	r.o.Show(Progress{Done: r.done, Total: total, Left: each * time.Duration(total-r.done)})
}

// count changes the summary.
func (r *run) count(change func(*Summary)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.sum)
}

// safely turns a panic of the grader into an error, so that one submission
// does not take the results of the others with it.
func safely(ctx context.Context, grade Grade, dir string, ex *grader.Exercise) (report *grader.Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the grader panicked: %v\n%s", p, debug.Stack())
		}
	}()
	return grade(ctx, dir, ex)
}
