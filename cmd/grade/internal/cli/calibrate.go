package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/course"
	"github.com/weft-course/weft/grader/stage"
	"github.com/weft-course/weft/grader/verify"
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
		if need > ex.Schedules {
			rounded := (need + 49) / 50 * 50
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

// rates builds one mutant once, judges it without exploration, and measures
// how often each of its tests fails with it.
func (e *engine) rates(ctx context.Context, ex *grader.Exercise, dir string) (fails bool, rates []verify.Rate, err error) {
	err = e.with(ex, dir, func(p *grader.Pass) error {
		without := slices.DeleteFunc(e.stages(), func(s grader.Stage) bool { return s.Name == grader.StageExplore })
		report, err := grader.Grade(ctx, without, p)
		if err != nil {
			return err
		}
		fails = !report.AllPassed()
		if report.Status != grader.StatusGraded {
			return nil
		}
		if why, missing := p.Missing[grader.FlavourExplore]; missing {
			return &hintError{code: ExitBroken, err: errors.New(why), hint: "run: grade doctor"}
		}
		sample := hitSample
		if fails { // it need not be found again: a quick look is enough
			sample.Trials = 0
		}
		e.progress.show("exploring")
		hits, err := stage.HitRates(ctx, p, ex.StageTests(grader.StageRace), sample)
		for _, h := range hits {
			rates = append(rates, verify.Rate{Test: h.Test, Schedules: h.Schedules, Failures: h.Failures})
		}
		return err
	})
	return fails, rates, err
}
