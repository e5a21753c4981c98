// Package verify is the course's own check: stubs fail, references and
// variants pass, every mutant gets exactly the verdict it declares, and each
// criterion has a mutant that only it catches. An author is told when tests
// are too weak, too strict or flaky.
package verify

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
)

// Grade grades the folder dir as a submission for ex, n times with different
// seeds, and returns a report for each time.
type Grade func(ctx context.Context, ex *grader.Exercise, dir string, n int) ([]*grader.Report, error)

// Options say how much to do.
type Options struct {
	Repeat int // gradings of each submission; at least one
	Jobs   int // submissions at the same time
	// Short grades, of the mutants, for each criterion only the one that shows best
	// that it alone catches something.
	Short bool
	// Mutants are the only submissions to grade, by name; none for everything.
	Mutants []string
	Grade   Grade
	// Text renders what a student sees of a grading; nil leaves messages alone.
	Text func(*grader.Report) string
	// Record writes the message of each mutant; otherwise what is new in it is said.
	Record bool
	// Done is told of each line of the protocol as soon as it is known. Calls
	// do not overlap.
	Done func(Line)
}

// Line is one line of the protocol: a submission or a rule, and what is wrong with it.
type Line struct {
	Exercise string
	What     string // "stub", "reference", "variant channel", "mutant spin", "files", "criterion fifo"
	Problems []string
	Runs     int
	Bad      int   // runs that did not go as they must
	MaxMS    int64 // the longest of the runs, ms
	Note     string
	News     []string // messages that are not the recorded ones
}

// Summary counts what an exercise's check gave.
type Summary struct {
	Exercise             string
	Problems             int
	Mutants, MutantRuns  int
	MutantsMissed        int // runs in which a mutant did not get its verdict
	Correct, CorrectRuns int
	CorrectFailed        int // runs in which a correct design did not pass
	Unmeasured           int // runs with a criterion that could not be measured here
	MedianMS, MaxMS      int64
	elapsed              []int64
}

// Kind tells submissions of an exercise apart.
type kind int

const (
	stub kind = iota
	reference
	variant
	mutant
)

// candidate is one submission that the course brings with it.
type candidate struct {
	kind   kind
	name   string
	dir    string
	expect *Expectation // of a mutant
}

func (c candidate) String() string {
	switch c.kind {
	case stub:
		return "stub"
	case reference:
		return "reference"
	case variant:
		return "variant " + c.name
	}
	return "mutant " + c.name
}

// Exercise checks one exercise of a course that lies in root.
func Exercise(ctx context.Context, root string, ex *grader.Exercise, o Options) (Summary, error) {
	v := &verifier{root: root, ex: ex, o: o, sum: Summary{Exercise: ex.Slug}, only: map[string][]string{}}
	v.o.Repeat, v.o.Jobs = max(o.Repeat, 1), max(o.Jobs, 1)
	candidates := v.files()
	if o.Short {
		candidates = v.shortened(candidates)
	}
	if len(o.Mutants) > 0 {
		candidates = slices.DeleteFunc(candidates, func(c candidate) bool { return c.kind != mutant || !slices.Contains(o.Mutants, c.name) })
	}
	errs := make([]error, len(candidates))
	places := make(chan struct{}, v.o.Jobs)
	var all sync.WaitGroup
	for i, c := range candidates {
		places <- struct{}{}
		all.Go(func() {
			defer func() { <-places }()
			errs[i] = v.candidate(ctx, c)
		})
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return v.sum, err
		}
	}
	if !o.Short && len(o.Mutants) == 0 { // what else catches the others is not known
		v.criteria()
	}
	v.sum.finish()
	return v.sum, nil
}

// shortened leaves, of the mutants, one for each criterion: among those that
// declare it alone, the one that may fail the fewest others.
func (v *verifier) shortened(all []candidate) (kept []candidate) {
	best := map[string]candidate{}
	for _, c := range all {
		if c.kind != mutant {
			kept = append(kept, c)
			continue
		}
		for id := range c.expect.Fails {
			if old, known := best[id]; len(c.expect.Fails) == 1 && (!known || len(c.expect.MayFail) < len(old.expect.MayFail)) {
				best[id] = c
			}
		}
	}
	for _, c := range v.ex.Criteria {
		if m, ok := best[c.ID]; ok {
			kept = append(kept, m)
		}
	}
	return kept
}

type verifier struct {
	root string
	ex   *grader.Exercise
	o    Options

	mu   sync.Mutex
	sum  Summary
	only map[string][]string // criterion → mutants that only it catches
}

// say reports a line and counts its problems.
func (v *verifier) say(l Line) {
	l.Exercise = v.ex.Slug
	v.sum.Problems += len(l.Problems)
	if v.o.Done != nil {
		v.o.Done(l)
	}
}

// candidate grades one submission and compares.
func (v *verifier) candidate(ctx context.Context, c candidate) error {
	reports, err := v.o.Grade(ctx, v.ex, c.dir, v.o.Repeat)
	if err != nil {
		return fmt.Errorf("%s: %s: %w", v.ex.Slug, c, err)
	}
	news, err := v.recorded(c, reports)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	l := Line{What: c.String(), Runs: len(reports), News: news}
	for _, r := range reports {
		l.MaxMS = max(l.MaxMS, r.ElapsedMS)
		bad := v.compare(c, r)
		if len(bad) > 0 {
			l.Bad++
		}
		for _, b := range bad {
			if !slices.Contains(l.Problems, b) {
				l.Problems = append(l.Problems, b)
			}
		}
	}
	v.sum.count(c, l, reports)
	v.note(c, &l, reports)
	v.say(l)
	return nil
}

// compare says what is wrong with one grading of a candidate.
func (v *verifier) compare(c candidate, r *grader.Report) []string {
	switch c.kind {
	case stub:
		return v.compareStub(r)
	case mutant:
		return c.expect.compare(v.ex, r)
	}
	return compareCorrect(r)
}

// compareStub: a stub builds, vets clean, fails a visible test and never hangs.
func (v *verifier) compareStub(r *grader.Report) (bad []string) {
	if r.Status != grader.StatusGraded {
		return []string{"must compile and be graded, but is " + string(r.Status) + detail(r.Findings)}
	}
	for _, w := range r.Warnings {
		bad = append(bad, "go vet complains: "+w.Message)
	}
	visible := false
	for _, c := range r.Checks {
		for _, f := range c.Findings {
			visible = visible || v.isVisible(f.Test)
			if slices.Contains([]grader.Cause{grader.CauseTimeout, grader.CauseDeadlock, grader.CausePanic, grader.CauseCrash}, f.Cause) {
				bad = append(bad, fmt.Sprintf("must fail quietly, but %s: %s: %s", f.Test, f.Cause, f.Message))
			}
		}
	}
	if !visible {
		bad = append(bad, "must fail at least one visible test")
	}
	if r.AllPassed() {
		bad = append(bad, "passes")
	}
	return bad
}

func (v *verifier) isVisible(test string) bool {
	for name, src := range v.ex.Visible {
		if fs, err := course.TestFuncs(name, src); err == nil && slices.Contains(fs, test) {
			return true
		}
	}
	return false
}

// compareCorrect: references and variants pass everything.
func compareCorrect(r *grader.Report) (bad []string) {
	if r.Status != grader.StatusGraded {
		return []string{"is " + string(r.Status) + detail(r.Findings)}
	}
	for _, c := range r.Checks {
		if c.Verdict != grader.Passed && c.Verdict != grader.Unmeasurable {
			bad = append(bad, fmt.Sprintf("%s is %s%s", c.ID, c.Verdict, detail(c.Findings)))
		}
	}
	for _, w := range r.Warnings {
		bad = append(bad, "go vet complains: "+w.Message)
	}
	return bad
}

// detail is the first finding in short.
func detail(fs []grader.Finding) string {
	if len(fs) == 0 {
		return ""
	}
	f := fs[0]
	text := fmt.Sprintf("(%s: %s", f.Cause, f.Message)
	if f.Test != "" {
		text = fmt.Sprintf("(%s: %s: %s", f.Test, f.Cause, f.Message)
	}
	if f.Got != "" || f.Want != "" {
		text += fmt.Sprintf(" got %s, want %s", f.Got, f.Want)
	}
	return " " + strings.Join(strings.Fields(text), " ") + ")"
}

// note remembers which mutants are caught by one criterion alone.
func (v *verifier) note(c candidate, l *Line, reports []*grader.Report) {
	switch c.kind {
	case stub:
		l.Note = fmt.Sprintf("%d of %d points", reports[0].Score, reports[0].MaxScore)
	case mutant:
		caught := map[string]bool{}
		for _, r := range reports {
			for _, ch := range r.Checks {
				if ch.Verdict == grader.Failed || ch.Verdict == grader.Unmeasurable && c.expect.Fails[ch.ID] != "" {
					caught[ch.ID] = true
				}
			}
		}
		var ids []string
		for id := range caught {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		l.Note = "caught by " + strings.Join(ids, ", ")
		if len(ids) == 1 {
			v.only[ids[0]] = append(v.only[ids[0]], c.name)
		}
	}
}

// criteria demands a mutant for each criterion that nothing else catches.
func (v *verifier) criteria() {
	for _, c := range v.ex.Criteria {
		if len(v.only[c.ID]) == 0 {
			v.say(Line{What: "criterion " + c.ID, Problems: []string{"no mutant is caught by this criterion alone"}})
		}
	}
}

func (s *Summary) count(c candidate, l Line, reports []*grader.Report) {
	switch c.kind {
	case mutant:
		s.Mutants++
		s.MutantRuns += l.Runs
		s.MutantsMissed += l.Bad
	case reference, variant:
		s.Correct++
		s.CorrectRuns += l.Runs
		s.CorrectFailed += l.Bad
	}
	for _, r := range reports {
		if r.Unmeasurable > 0 {
			s.Unmeasured++
		}
		if c.kind == reference || c.kind == variant {
			s.elapsed = append(s.elapsed, r.ElapsedMS)
		}
	}
}

func (s *Summary) finish() {
	if len(s.elapsed) == 0 {
		return
	}
	slices.Sort(s.elapsed)
	s.MedianMS, s.MaxMS = s.elapsed[len(s.elapsed)/2], s.elapsed[len(s.elapsed)-1]
}

// folders lists the folders below dir, or nothing.
func folders(dir string) (names []string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

func (v *verifier) solution(elem ...string) string {
	return filepath.Join(append([]string{v.root, "solutions", v.ex.Slug}, elem...)...)
}
