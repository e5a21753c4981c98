package stage

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/weft-course/weft/grader"
)

// Sample says how hard to look when hit rates are measured.
type Sample struct {
	Trials    int           // first failures of a test to wait for, each from seeds of its own
	Schedules int           // at most so many for a trial
	Budget    time.Duration // of a trial
}

// Hits is how often a test failed under exploration.
type Hits struct {
	Test                string
	Schedules, Failures int
}

// measureBest is of how many tests, those that failed first, the rate is
// measured: only the best counts.
const measureBest = 3

// HitRates measures how often tests fail under exploration. A first look runs
// the exercise's own number of schedules. The tests that failed soonest in it
// are then measured; if none failed, all are, for as long as the sample says.
// A sample without trials ends after the first look.
func HitRates(ctx context.Context, p *grader.Pass, tests []string, s Sample) ([]Hits, error) {
	first, err := exploreAll(ctx, p, tests)
	if err != nil {
		return nil, err
	}
	failed := slices.DeleteFunc(slices.Clone(first.Tests), func(t grader.TestOutcome) bool { return !objects(t) })
	slices.SortStableFunc(failed, func(a, b grader.TestOutcome) int { return cmp.Compare(a.Seed, b.Seed) })
	var rates []Hits
	if s.Trials == 0 {
		for _, t := range failed {
			rates = append(rates, Hits{t.Name, max(t.Schedules, int(t.Seed)), 1})
		}
		return rates, nil
	}
	if len(failed) > 0 {
		tests = nil
		for _, t := range failed[:min(len(failed), measureBest)] {
			tests = append(tests, t.Name)
		}
	}
	for _, test := range tests {
		p.Progress("measuring " + test)
		h, err := hitRate(ctx, p, test, s)
		if err != nil {
			return nil, err
		}
		rates = append(rates, h)
	}
	return rates, nil
}

// hitRate explores from several starting points until the test has failed once
// in each, and counts.
func hitRate(ctx context.Context, p *grader.Pass, test string, s Sample) (Hits, error) {
	h := Hits{Test: test}
	for i := range s.Trials {
		out, err := p.Bench.Run(ctx, grader.Job{
			Flavour: grader.FlavourExplore, Tests: []string{test},
			Explore: &grader.Explore{From: uint64(1 + i*s.Schedules), Count: uint64(s.Schedules), Budget: s.Budget},
		})
		if err != nil {
			return h, err
		}
		t := out.Tests[0]
		ran := t.Schedules
		if objects(t) {
			h.Failures++
			ran = max(ran, int(t.Seed)-i*s.Schedules) // a crash leaves no count behind
		}
		h.Schedules += ran
		if ran == 0 || i == 0 && !objects(t) {
			break // not explored, or so rare that more trials would take for ever
		}
	}
	return h, nil
}
