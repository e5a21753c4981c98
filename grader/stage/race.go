package stage

import (
	"context"
	"sync"

	"github.com/weft-course/weft/grader"
)

func race() grader.Stage {
	return grader.Stage{
		Name: grader.StageRace, Title: "behaviour, races and leaks",
		Doc: `Your untouched code runs with the hidden and the visible tests under Go's race detector: with GOMAXPROCS 1, 2 and all
processors, each time in another order. Most tests run in a bubble of virtual time (testing/synctest), so they are exact and need no
patience. Two goroutines that use the same memory with nothing to order them are a data race, even when the result happens to be right. A goroutine
that is still there when a test is over, and can never end, is a leak. Any failure in any run counts: nothing is repeated until it passes.`,
		Run: runRace,
	}
}

func runRace(ctx context.Context, p *grader.Pass) (grader.StageResult, error) {
	job := grader.Job{Flavour: grader.FlavourRace, Tests: p.Exercise.StageTests(grader.StageRace)}
	noRace, missing := p.Missing[grader.FlavourRace]
	if missing {
		job.Flavour = grader.FlavourPlain
	}
	outs, err := runAll(ctx, p, job, procs(p.Quick))
	if err != nil {
		return grader.StageResult{}, err
	}
	out := grader.StageResult{Measures: measures(outs)}
	for _, c := range p.Criteria(grader.StageRace) {
		r := judge(p, c, outs)
		if missing && c.Check == grader.CheckRace && r.Verdict == grader.Passed {
			r.Verdict, r.Reason = grader.Unmeasurable, "not run here: "+noRace
		}
		out.Results = append(out.Results, r)
	}
	return out, nil
}

// procs lists the values of GOMAXPROCS; 0 is all processors.
func procs(quick bool) []int {
	if quick {
		return []int{0}
	}
	return []int{1, 2, 0}
}

// runAll runs the job once for each value of GOMAXPROCS, each in its own
// order, all at the same time. Results keep the order of list.
func runAll(ctx context.Context, p *grader.Pass, job grader.Job, list []int) ([]grader.Outcome, error) {
	outs := make([]grader.Outcome, len(list))
	errs := make([]error, len(list))
	var all sync.WaitGroup
	for i, n := range list {
		mine := job
		mine.Procs, mine.Seed = n, p.Seed+uint64(i)
		all.Go(func() { outs[i], errs[i] = p.Bench.Run(ctx, mine) })
	}
	all.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return outs, nil
}

func measures(outs []grader.Outcome) (list []grader.Measure) {
	for _, o := range outs {
		list = append(list, o.Measures...)
	}
	return list
}
