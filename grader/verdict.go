package grader

// Verdict is the outcome of one check. The zero value is VerdictUnknown, which
// never counts as passed.
type Verdict string

// The verdicts.
const (
	VerdictUnknown Verdict = ""
	Passed         Verdict = "passed"
	Failed         Verdict = "failed"
	// Skipped: a prerequisite failed, so that nothing can be said.
	Skipped Verdict = "skipped"
	// Unmeasurable: this machine cannot tell. It costs nothing and gives nothing.
	Unmeasurable Verdict = "unmeasurable"
	// Errored: the grader or the machine broke. It costs nothing.
	Errored Verdict = "errored"
)

// Result is what a stage says of one criterion.
type Result struct {
	Criterion string
	Verdict   Verdict
	// TestsPassed and TestsTotal give partial credit.
	TestsPassed, TestsTotal int
	// Runs and Failures say how often the check was run and how often it failed.
	Runs, Failures int
	// Reason explains a verdict that is neither passed nor failed.
	Reason   string
	Findings []Finding
	// Schedules is how many schedules were explored for it.
	Schedules int
	// Repeats is how often tests ran with delays in real time, where schedules
	// cannot be explored.
	Repeats int
}

// with adds what a later stage says of the same criterion: only what neither
// of them objects to holds.
func (r Result) with(later Result) Result {
	later.Runs += r.Runs
	later.Failures += r.Failures
	later.Schedules += r.Schedules
	later.Repeats += r.Repeats
	if later.Verdict != Failed && r.Verdict != Passed {
		later.Verdict, later.Reason = r.Verdict, r.Reason
	}
	later.TestsPassed = min(later.TestsPassed, r.TestsPassed)
	later.Findings = append(r.Findings, later.Findings...)
	return later
}
