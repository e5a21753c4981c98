// Package foreign explores the schedules of any Go package with tests, outside
// of the course: it rewrites the package, its tests and what they import of the
// same module so that a seed decides which goroutine runs when, builds that
// with an overlay (nothing is written into the module), and runs every test
// that can live in a bubble of virtual time under many seeds.
//
// Use [Explore]; [Text] prints what it returns. A test is accused only of what
// happens again in a fresh process under the same seed. Whatever was not
// rewritten or not explored is in the report, with the reason.
package foreign

import (
	"cmp"
	"context"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/weft-course/weft/grader"
)

// Options say what to explore and how long.
type Options struct {
	Dir    string        // the package's folder
	Seeds  uint64        // schedules of each test; 0 is 1000
	Budget time.Duration // after which no further schedule of a test is begun; 0 is 10 s
	Run    string        // as go test -run
	Tags   string        // as go test -tags
	Seed   uint64        // run this schedule only; 0 is all
	Race   bool          // with the race detector, where there is one
	Leaks  bool          // a goroutine that is left behind is a failure
	Full   bool          // every step of the timeline, of the whole schedule
	// Progress is told what goes on; nil for nobody.
	Progress func(string)
}

func (o *Options) defaults() {
	o.Seeds = cmp.Or(o.Seeds, 1000)
	o.Budget = cmp.Or(o.Budget, 10*time.Second)
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
}

// State is what became of a test. The zero State is none of them.
type State string

// The states.
const (
	Clean      State = "clean"      // no schedule failed
	Found      State = "found"      // a schedule fails, and fails again
	FailsAlone State = "fails"      // it fails as it is, without exploration
	Unexplored State = "unexplored" // it cannot be explored; Why says why not
	Shaken     State = "shaken"     // it cannot be explored, and fails with delays in real time
	Skipped    State = "skipped"    // it skips itself
)

// Test is one test, or one subtest that was explored by itself.
type Test struct {
	Name      string           `json:"name"`
	State     State            `json:"state"`
	Why       string           `json:"why,omitempty"`
	Schedules uint64           `json:"schedules"`
	Single    bool             `json:"single,omitempty"` // it starts no goroutine, so that there is one schedule
	Seed      uint64           `json:"seed,omitempty"`   // the first schedule that fails
	Replay    string           `json:"replay,omitempty"`
	Repeats   int              `json:"repeats,omitempty"` // with delays in real time
	Findings  []grader.Finding `json:"findings,omitempty"`
	// Timeline is what happens in the failing schedule, step by step, reduced to
	// what it takes to fail; only the first test that fails has one.
	Timeline string `json:"timeline,omitempty"`
	// Output is what the failing schedule printed.
	Output string `json:"output,omitempty"`
}

// Report is what exploring a package gave.
type Report struct {
	Package   string   `json:"package"`
	Dir       string   `json:"dir"`
	Race      bool     `json:"race"`
	Rewritten int      `json:"rewritten"` // files
	Notes     []string `json:"notes"`     // what was left as it is, and why
	Tests     []Test   `json:"tests"`
}

// Count returns how many tests are in a state.
func (r *Report) Count(s State) (n int) {
	for _, t := range r.Tests {
		if t.State == s {
			n++
		}
	}
	return n
}

// Failed reports whether a test fails, under exploration, with delays or by itself.
func (r *Report) Failed() bool { return r.Count(Found)+r.Count(FailsAlone)+r.Count(Shaken) > 0 }

// InputError is a fault of what was asked for: no such folder, no Go package, no tests.
type InputError struct{ Text, Hint string }

func (e *InputError) Error() string { return e.Text }

// BuildError says that the package does not compile, rewritten or not.
type BuildError struct{ Output string }

func (e *BuildError) Error() string { return "the package and its tests do not build: " + e.Output }

// session is one call of Explore.
type session struct {
	opts   Options
	pkg    *pkg
	tmp    string
	report *Report
}

// Explore explores the package in a folder. Errors are for what cannot be
// explored at all: an [InputError], a [BuildError], or a fault of the machine.
func Explore(ctx context.Context, o Options) (*Report, error) {
	o.defaults()
	o.Progress("looking at " + o.Dir)
	p, err := list(ctx, o)
	if err != nil {
		return nil, err
	}
	tmp, err := os.MkdirTemp("", "weft-explore-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	s := &session{opts: o, pkg: p, tmp: tmp, report: &Report{Package: p.ImportPath, Dir: o.Dir, Race: o.Race, Notes: []string{}, Tests: []Test{}}}
	if err := s.build(ctx); err != nil {
		return nil, err
	}
	o.Progress("running the tests as they are")
	targets, err := s.control(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.exploreAll(ctx, targets); err != nil {
		return s.report, err
	}
	for i, t := range s.report.Tests {
		if t.State == Found {
			o.Progress("looking for the shortest story of " + t.Name)
			return s.report, s.tell(ctx, &s.report.Tests[i], targets)
		}
	}
	return s.report, nil
}

// exploreAll explores each target in a process of its own, several at a time.
func (s *session) exploreAll(ctx context.Context, targets []target) error {
	tests := make([]Test, len(targets))
	errs := make([]error, len(targets))
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for i, t := range targets {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			s.opts.Progress("exploring " + t.name)
			tests[i], errs[i] = s.exploreOne(ctx, t)
			if errs[i] == nil && tests[i].State == Unexplored && s.opts.Seed == 0 && !t.hung && !t.flaky {
				s.opts.Progress("repeating " + t.name)
				tests[i], errs[i] = s.shake(ctx, tests[i])
			}
		})
	}
	all.Wait()
	for i, err := range errs {
		if err != nil {
			return err
		}
		s.report.Tests = append(s.report.Tests, tests[i])
	}
	return nil
}
