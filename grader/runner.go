package grader

import (
	"context"
	"time"
)

// Flavour is a way to build the submission with its tests.
type Flavour string

// The flavours a stage may ask for.
const (
	// FlavourRace is the untouched code with the race detector.
	FlavourRace Flavour = "race"
	// FlavourPlain is the code without it.
	FlavourPlain Flavour = "plain"
	// FlavourVirtual is without the race detector, and the submission's locks
	// are such that virtual time can see through them.
	FlavourVirtual Flavour = "virtual"
	// FlavourExplore is with the race detector where there is one, and rewritten
	// so that a seed decides which goroutine runs when.
	FlavourExplore Flavour = "explore"
)

// Bench is where a submission is built and run. Stages know this interface and
// not what confines the processes behind it.
type Bench interface {
	// Build makes the test binary in each flavour, all at once, and vets the
	// submission beside it. The student's mistakes come back as findings.
	Build(ctx context.Context, flavours []Flavour) (BuildOutcome, error)
	// Run executes the binary of a flavour for the given tests. What the
	// student's code does is in the outcome; an error means that the machine
	// or the grader failed.
	Run(ctx context.Context, job Job) (Outcome, error)
}

// BuildOutcome is what a build says.
type BuildOutcome struct {
	// Findings stop the grading when not empty: the submission does not build.
	Findings []Finding
	// Warnings are what go vet complains about.
	Warnings []Finding
	// Missing names flavours that cannot be built here, and why (no C compiler).
	Missing map[Flavour]string
}

// Job is one run of a test binary.
type Job struct {
	Flavour Flavour
	Tests   []string // run exactly these
	Procs   int      // GOMAXPROCS; 0 leaves it to the runtime
	Seed    uint64   // shuffles the order of tests; 0 keeps it
	Limits  Limits
	// Explore runs each test under many schedules; for [FlavourExplore].
	Explore *Explore
	// Alone asks that no other job of this grader runs at the same time.
	Alone bool
}

// Explore says which schedules to run. The first that fails ends a test.
type Explore struct {
	From, Count uint64 // seeds
	Budget      time.Duration
	// Keep are the only yields to make, when not nil; a TestOutcome has them.
	Keep []uint64
	// Minimise asks, for one schedule, which yields it takes to fail.
	Minimise bool
	// Trace asks for the steps of the schedule.
	Trace bool
	// RealTime repeats the test with delays in real time instead: the seeds
	// say where, but decide no order.
	RealTime bool
}

// TestStatus is how one test ended, as the signed channel says.
type TestStatus string

// The statuses.
const (
	TestPassed       TestStatus = "pass"
	TestFailed       TestStatus = "fail"
	TestSkipped      TestStatus = "skip"
	TestVanished     TestStatus = "vanished"     // its goroutine ended without returning
	TestUnmeasurable TestStatus = "unmeasurable" // said by the test's helper, with a reason
	TestCrashed      TestStatus = "crashed"      // the process ended while it ran
	TestStuck        TestStatus = "stuck"        // every goroutine waits
	TestTimeout      TestStatus = "timeout"      // still running when its time was up
	TestNotRun       TestStatus = "not-run"      // the job was given up before it began
)

// TestOutcome is what happened to one test.
type TestOutcome struct {
	Name    string
	Status  TestStatus
	Elapsed time.Duration
	Reason  string // for unmeasurable
	// Seed is the schedule that ran last, and Schedules how many did; zero
	// where none was explored.
	Seed      uint64
	Schedules int
	// RealTime says that the test waits for what virtual time does not know, and
	// Repeats how often it ran with delays in real time.
	RealTime bool
	Repeats  int
	// Keep are the yields that are needed to fail, when Explore.Minimise asked.
	Keep []uint64
	// Raced says that the race detector reported something while it ran.
	Raced    bool
	Findings []Finding // from its output: assertions, panics, races, leaks …
}

// Outcome is what one Job gave: exactly one entry for each test asked for.
type Outcome struct {
	Tests []TestOutcome
	// Output is the text the processes wrote, cut at the limit.
	Output   string
	Measures []Measure
	// Trace has the steps of a schedule, as package sched writes them, when
	// Explore.Trace asked.
	Trace []byte
}

// Measure is a number that a test's helper took: a speed-up, a CPU share.
type Measure struct {
	Test   string             `json:"test"`
	Name   string             `json:"name"`
	Values map[string]float64 `json:"values"`
}
