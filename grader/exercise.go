// Package grader holds the words that every other part of Weft speaks:
// exercises and their criteria, submissions, stages, findings, verdicts and
// the report. It knows nothing of how code is built, run or printed, and
// imports the standard library only.
//
// Read [Grade] first: it is the whole pipeline in one function.
package grader

import (
	"strings"
	"time"
)

// ModulePath is the import path of the course's module. A scratch module
// bears the same path, so hidden tests need no rewriting.
const ModulePath = "github.com/weft-course/weft"

// Exercise is one exercise of a course, as its exercise.json describes it.
type Exercise struct {
	Slug    string   // number and name, as in "05-semaphore"
	Title   string   // for people, as in "Semaphore"
	Topic   string   // one line: what is learnt
	Package string   // name of the Go package the student writes
	Needs   []string // slugs of the exercises to do first
	Files   []string // the files that the student edits; nothing else is read
	Imports []string // import paths allowed beyond the course's own list
	Limits  Limits
	// Confinement names what the submission's processes may do beyond computing:
	// "processes" or "loopback"; empty is nothing.
	Confinement string
	// Schedules is how many schedules of each test of the race stage are
	// explored; 0 is none.
	Schedules int
	// Criteria in the order in which they are shown.
	Criteria []Criterion

	// Hidden and Visible hold the sources of the tests, by file name.
	Hidden  map[string][]byte
	Visible map[string][]byte
	// Stub holds the files the student starts from.
	Stub map[string][]byte
	// Provided holds the files of the package that the student is given and
	// does not edit. They are the course's, whatever lies in a submission.
	Provided map[string][]byte
}

// Criterion is one line of the rubric: what is judged, in which stage, by
// which tests, and for how many points.
type Criterion struct {
	ID     string // unique in the exercise, as in "fifo"
	Title  string // for people
	Stage  string // name of the stage that judges it
	Points int    // all criteria of an exercise add up to 100
	// Check says what the stage looks at: CheckTests, CheckRace or CheckLeak.
	Check Check
	// Tests judged by this criterion. For CheckRace and CheckLeak every run of
	// the stage counts, whichever criterion its tests belong to.
	Tests []TestCase
	// After names the criteria that must hold before this one may pass: a
	// stub that does nothing is free of races, and deserves no points for it.
	After []string
	// AllOrNothing gives no points for a part of the tests.
	AllOrNothing bool
	// Advice is the next step, shown when the criterion fails.
	Advice string
}

// Check is what a criterion looks at in its stage's runs.
type Check string

// The checks that there are.
const (
	CheckTests Check = "tests" // the named tests pass
	CheckRace  Check = "race"  // no run reports a data race
	CheckLeak  Check = "leak"  // no test leaves a goroutine behind
)

// TestCase is one hidden or visible test with what it tells the student.
type TestCase struct {
	Name string // the Go function, as in "TestAcquireBlocks"
	// About is the declaration the test is about, as "Semaphore.Acquire" or
	// "New": a failure that has no line of the student's points there.
	About string
	// Rule is one sentence in the student's terms: what must hold.
	Rule string
}

// Limits bound one run of a submission's tests. Zero fields mean the course's defaults.
type Limits struct {
	Test   time.Duration // one test, wall clock; beyond it the run is stopped
	Wall   time.Duration // one process
	Memory int64         // resident memory of the process and its children, bytes
	Output int64         // standard output and error together, bytes
}

// Criterion returns the criterion with the given id, and whether there is one.
func (e *Exercise) Criterion(id string) (Criterion, bool) {
	for _, c := range e.Criteria {
		if c.ID == id {
			return c, true
		}
	}
	return Criterion{}, false
}

// StageTests returns the names of all tests that criteria of the stage judge,
// in rubric order.
func (e *Exercise) StageTests(stage string) []string {
	var names []string
	for _, c := range e.Criteria {
		if c.Stage != stage {
			continue
		}
		for _, t := range c.Tests {
			names = append(names, t.Name)
		}
	}
	return names
}

// Test returns the test case of that name, its criterion, and whether it is known.
func (e *Exercise) Test(name string) (TestCase, Criterion, bool) {
	for _, c := range e.Criteria {
		for _, t := range c.Tests {
			if t.Name == name {
				return t, c, true
			}
		}
	}
	return TestCase{}, Criterion{}, false
}

// MaxPoints is the sum of all criteria's points.
func (e *Exercise) MaxPoints() int {
	sum := 0
	for _, c := range e.Criteria {
		sum += c.Points
	}
	return sum
}

// PackageName derives the package of an exercise from its slug: the name
// without the number and the hyphens ("03-producer-consumer" gives
// "producerconsumer").
func PackageName(slug string) string {
	_, name, _ := strings.Cut(slug, "-")
	return strings.ReplaceAll(name, "-", "")
}
