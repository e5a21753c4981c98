package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/stage"
	"github.com/weft-course/weft/grader/submission"
	"github.com/weft-course/weft/grader/verify"
	"github.com/weft-course/weft/grader/workspace"
)

// hitSample finds rates down to about one in five thousand.
var hitSample = stage.Sample{Trials: 12, Schedules: 5000, Budget: 20 * time.Second}

// calibrateAll measures the exercises and writes what it takes.
func (o *verifyOptions) calibrateAll(ctx context.Context, root string, c *course.Course, todo []*grader.Exercise) error {
	g := &gradeOptions{streams: o.streams, seed: o.seed}
	e, err := g.engineFor(ctx, c)
	if err != nil {
		return err
	}
	hidden := 0
	for _, ex := range todo {
		fmt.Fprintf(o.out, "%s  %d schedules\n", ex.Slug, ex.Schedules)
		need, err := verify.Calibrate(ctx, root, ex, e.rates, func(c verify.Calibration) {
			e.progress.clear()
			if !c.Plain && c.Best.Failures == 0 {
				hidden++
			}
			fmt.Fprintf(o.out, "  %s\n", calibrated(c))
		})
		e.progress.clear()
		if err != nil {
			return err
		}
		if rounded := (need + 49) / 50 * 50; rounded > ex.Schedules {
			if err := verify.WriteSchedules(root, ex.Slug, rounded); err != nil {
				return err
			}
			fmt.Fprintf(o.out, "  → %d schedules written to exercise.json\n", rounded)
		}
	}
	if hidden > 0 {
		return exitError{ExitFailed}
	}
	return nil
}

func calibrated(c verify.Calibration) string {
	switch {
	case c.Plain && c.Best.Failures == 0:
		return fmt.Sprintf("✓ mutant %s  found without exploration", c.Mutant)
	case c.Best.Failures == 0:
		return fmt.Sprintf("✗ mutant %s  never found: sharpen a test", c.Mutant)
	}
	text := fmt.Sprintf("✓ mutant %s  %s fails in one of %.1f schedules, so %d are enough", c.Mutant, c.Best.Test, 1/c.Best.P(), c.Best.Need())
	if c.Plain {
		text += "; found without exploration, too"
	}
	return text
}

// rates builds one mutant and measures it.
func (e *engine) rates(ctx context.Context, ex *grader.Exercise, dir string) (fails bool, rates []verify.Rate, err error) {
	plain := *ex
	plain.Schedules = 0
	reports, err := e.gradeTimes(ctx, &plain, dir, 1)
	if err != nil || reports[0].Status != grader.StatusGraded {
		return true, nil, err
	}
	sub, intake, err := submission.Open(dir, ex)
	if err != nil {
		return false, nil, err
	}
	ws, err := workspace.New(ex, sub, e.tools, workspace.Options{CPUs: e.cpus, Alone: &e.alone, Progress: e.progress.show})
	if err != nil {
		return false, nil, err
	}
	defer func() { err = errors.Join(err, ws.Close()) }()
	p := &grader.Pass{Exercise: ex, Submission: sub, Intake: intake, Bench: ws, Missing: map[grader.Flavour]string{}, Progress: e.progress.show}
	if err := e.buildToReplay(ctx, p); err != nil {
		return false, nil, err
	}
	for _, test := range ex.StageTests(grader.StageRace) {
		e.progress.show("exploring " + test)
		sample := hitSample
		if !reports[0].AllPassed() { // it need not be found again: a quick look is enough
			sample.Trials, sample.Schedules = 1, ex.Schedules
		}
		n, failures, err := stage.HitRate(ctx, p, test, sample)
		if err != nil {
			return false, nil, err
		}
		rates = append(rates, verify.Rate{Test: test, Schedules: n, Failures: failures})
	}
	return !reports[0].AllPassed(), rates, nil
}
