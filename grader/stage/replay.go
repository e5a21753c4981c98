package stage

import (
	"context"
	"slices"

	"github.com/weft-course/weft/grader"
)

// Replayed is one schedule, run again.
type Replayed struct {
	Test    grader.TestOutcome
	Trace   []byte
	Yields  int  // how many yields it takes to fail
	Reduced bool // whether the trace is of the shortest story, not of the whole schedule
}

// Replay runs one schedule of each of the tests until one fails, and returns
// that one with its trace. Unless full, the schedule is first reduced to the
// yields that it needs to fail.
func Replay(ctx context.Context, p *grader.Pass, tests []string, seed uint64, full bool) (Replayed, error) {
	run := func(test string, e grader.Explore) (grader.Outcome, error) {
		e.From, e.Count, e.Budget = seed, 1, exploreBudget
		return p.Bench.Run(ctx, grader.Job{Flavour: grader.FlavourExplore, Tests: []string{test}, Explore: &e})
	}
	var last Replayed
	for _, test := range tests {
		out, err := run(test, grader.Explore{Trace: true})
		if err != nil {
			return last, err
		}
		last = Replayed{Test: out.Tests[0], Trace: out.Trace}
		if !objects(last.Test) {
			continue
		}
		if full {
			return last, nil
		}
		return shorten(last, run)
	}
	return last, nil
}

// objects reports whether something is wrong with how a test ended.
func objects(t grader.TestOutcome) bool {
	return t.Status != grader.TestPassed || len(t.Findings) > 0
}

// shorten looks for the story with the fewest yields, and keeps the whole one
// where a process that crashes allows no search.
func shorten(whole Replayed, run func(string, grader.Explore) (grader.Outcome, error)) (Replayed, error) {
	least, err := run(whole.Test.Name, grader.Explore{Minimise: true})
	if err != nil || least.Tests[0].Keep == nil {
		return whole, err
	}
	keep := least.Tests[0].Keep
	slices.Sort(keep)
	out, err := run(whole.Test.Name, grader.Explore{Keep: keep, Trace: true})
	if err != nil || !objects(out.Tests[0]) {
		return whole, err
	}
	return Replayed{Test: out.Tests[0], Trace: out.Trace, Yields: len(keep), Reduced: true}, nil
}
