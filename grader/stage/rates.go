package stage

import (
	"context"
	"time"

	"github.com/weft-course/weft/grader"
)

// Sample says how hard to look when a hit rate is measured.
type Sample struct {
	Trials    int           // first failures to wait for, each from seeds of its own
	Schedules int           // at most so many for a trial
	Budget    time.Duration // of a trial
}

// HitRate measures how often a test fails under exploration: it explores from
// several starting points until each has failed once, and counts.
func HitRate(ctx context.Context, p *grader.Pass, test string, s Sample) (schedules, failures int, err error) {
	for i := range s.Trials {
		out, err := p.Bench.Run(ctx, grader.Job{
			Flavour: grader.FlavourExplore, Tests: []string{test},
			Explore: &grader.Explore{From: uint64(1 + i*s.Schedules), Count: uint64(s.Schedules), Budget: s.Budget},
		})
		if err != nil {
			return 0, 0, err
		}
		t := out.Tests[0]
		ran := t.Schedules
		if objects(t) {
			failures++
			ran = max(ran, int(t.Seed)-i*s.Schedules) // a crash leaves no count behind
		}
		schedules += ran
		if ran == 0 || i == 0 && !objects(t) {
			break // not explored, or so rare that more trials would take for ever
		}
	}
	return schedules, failures, nil
}
