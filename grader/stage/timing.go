package stage

import (
	"context"
	"slices"

	"github.com/weft-course/weft/grader"
)

func timing() grader.Stage {
	return grader.Stage{
		Name: grader.StageTiming, Title: "timing",
		Doc: `Tests run in virtual time: the clock stands still while any goroutine can go on, and jumps when all of them wait. So "returns at the
instant of the release" and "gives up after exactly 7 ms" are plain equalities, on a quiet machine as on a loaded one. For this stage, your
import of sync is replaced by locks that virtual time can see through; nothing else of your code changes. Waiting must also be free: the
processor time of a real wait is measured, the best of several counts, and a loop that asks again and again is found out.`,
		Run: func(ctx context.Context, p *grader.Pass) (grader.StageResult, error) {
			return runOne(ctx, p, grader.StageTiming, grader.Job{Flavour: grader.FlavourVirtual})
		},
	}
}

// runOne runs the tests of a stage once and judges its criteria, if they can still count.
func runOne(ctx context.Context, p *grader.Pass, stage string, job grader.Job) (grader.StageResult, error) {
	open := slices.DeleteFunc(p.Criteria(stage), func(c grader.Criterion) bool { return !p.Counts(c) })
	for _, c := range open {
		for _, t := range c.Tests {
			job.Tests = append(job.Tests, t.Name)
		}
	}
	if len(open) == 0 {
		return grader.StageResult{}, nil
	}
	if late, err := buildLate(ctx, p, job.Flavour); err != nil || late.Stop != "" {
		return late, err
	}
	one, err := p.Bench.Run(ctx, job)
	if err != nil {
		return grader.StageResult{}, err
	}
	out := grader.StageResult{Measures: one.Measures}
	for _, c := range open {
		out.Results = append(out.Results, judge(p, c, []grader.Outcome{one}))
	}
	return out, nil
}
