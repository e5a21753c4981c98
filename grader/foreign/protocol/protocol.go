// Package protocol is what package foreign and the harness inside a rewritten
// test binary tell each other: a [Job] goes in through an environment variable,
// [Event] lines come out in a file. The file is trusted: a package that is
// explored is the user's own, and nobody is graded.
package protocol

// The environment variables that the harness reads.
const (
	EnvJob    = "WEFT_FOREIGN_JOB"    // a Job as JSON; without it the harness changes nothing
	EnvEvents = "WEFT_FOREIGN_EVENTS" // the file that events are appended to
)

// Job says what one process does. Without a Leaf every test runs as it always
// does, outside of bubbles, and the harness only notes what happens.
type Job struct {
	Leaf   string `json:"leaf,omitempty"` // the test or subtest to explore
	Own    bool   `json:"own,omitempty"`  // it makes its own bubbles, with testing/synctest
	Calm   bool   `json:"calm,omitempty"` // first run it once in a bubble without a schedule
	From   uint64 `json:"from,omitempty"` // the first seed
	Count  uint64 `json:"count,omitempty"`
	Budget int64  `json:"budget,omitempty"` // ms after which no further seed is begun; 0 is no bound
	Spared bool   `json:"spared,omitempty"` // goroutines that are left behind are no failure
	// Keep are the only yields to make, ascending, when it is not null.
	Keep     []uint64 `json:"keep"`
	Minimise bool     `json:"minimise,omitempty"` // look for the fewest yields with which seed From fails
	Trace    string   `json:"trace,omitempty"`    // the file that gets the steps of the schedule
	Shake    uint64   `json:"shake,omitempty"`    // without a Leaf: delay in real time, by this seed
}

// The kinds of events.
const (
	KindBegin  = "begin"  // a test begins, in a run without a Leaf
	KindEnd    = "end"    // and ends, with Status
	KindSub    = "sub"    // Test has subtests
	KindOwn    = "own"    // Test makes a bubble by itself
	KindSeed   = "seed"   // a schedule begins; seed 0 is the calm run
	KindFailed = "failed" // the schedule failed; Status is why
	KindDone   = "done"   // exploration is over; Schedules says how many ran
	KindLeast  = "least"  // the schedule fails with the yields of Keep
)

// What Status says of a failed schedule.
const (
	StatusTest     = "test" // the test failed by its own assertions
	StatusPanic    = "panic"
	StatusDeadlock = "deadlock"
	StatusLeak     = "leak"
	StatusLivelock = "livelock"
	StatusRace     = "race"
	StatusOutside  = "outside" // it did what is impossible in a bubble; Text says what
)

// What Status says of a test that ran as always.
const (
	StatusPass = "pass"
	StatusFail = "fail"
	StatusSkip = "skip"
)

// Event is one line of the events file.
type Event struct {
	Kind      string   `json:"kind"`
	Test      string   `json:"test,omitempty"`
	Seed      uint64   `json:"seed,omitempty"`
	Status    string   `json:"status,omitempty"`
	Text      string   `json:"text,omitempty"`
	Schedules uint64   `json:"schedules,omitempty"`
	Single    bool     `json:"single,omitempty"`  // no goroutine was started: there is one schedule
	Virtual   int64    `json:"virtual,omitempty"` // ns of virtual time the schedule took
	Keep      []uint64 `json:"keep,omitempty"`
}

// Marker precedes the number of each schedule in the output.
const Marker = "weft: schedule "
