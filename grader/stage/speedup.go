package stage

import (
	"context"

	"github.com/weft-course/weft/grader"
)

func speedup() grader.Stage {
	return grader.Stage{
		Name: grader.StageSpeedup, Title: "speed-up",
		Doc: `Your untouched code runs alone on the machine, without the race detector. First, without any clock, it is witnessed: a gate opens only when
as many tasks as there should be are inside together. Then the grader's own serial run, its own parallel run and yours are timed in turn, and
the best of each is compared: you pass with three quarters of the speed-up that the known-good run gets on this machine at this
moment. Where that one itself is less than 1.5 times as fast as a serial run (one core, a busy machine, half a processor in a container), the
criterion is unmeasurable here: no points are lost, and none given.`,
		Run: func(ctx context.Context, p *grader.Pass) (grader.StageResult, error) {
			return runOne(ctx, p, grader.StageSpeedup, grader.Job{Flavour: grader.FlavourPlain, Alone: true})
		},
	}
}
