package stage

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/weft-course/weft/grader"
)

// exploreBudget is after how long no further schedule of a test is begun. The
// number of schedules is what counts; this only bounds a very slow machine.
const (
	exploreBudget = 20 * time.Second
	exploreWall   = 10 * time.Minute // of a process, for many tests
)

func exploration() grader.Stage {
	return grader.Stage{
		Name: grader.StageExplore, Title: "exploring schedules", Always: true,
		Doc: `The scheduler of a quiet machine nearly always picks the same order, so a mistake that needs another one hides for months. Here a copy
of your code and of the tests is rewritten: before every statement, and around every lock, channel and atomic operation, the goroutine sleeps
for a moment of virtual time that a seed decides. Only one goroutine runs at a time, so the seed is the schedule: hundreds of different orders
are tried in a second, the first that fails is reported with its seed, and "grade replay" shows that same order again, step by step. A test that
passed under the race detector and fails here counts as failed: there is an order of events in which your code is wrong. Tests with real
sockets, files or processes cannot live in virtual time. They are repeated with delays in real time, on one processor, two and all: that
finds less, and not every time, and the verdict says so.`,
		Run: runExplore,
	}
}

func runExplore(ctx context.Context, p *grader.Pass) (grader.StageResult, error) {
	var out grader.StageResult
	if p.Exercise.Schedules == 0 || p.Quick {
		return out, nil
	}
	var open []grader.Criterion // what may still fail
	var tests []string
	for _, c := range p.Criteria(grader.StageRace) {
		if p.Judged[c.ID].Verdict == grader.Passed && p.Counts(c) {
			open = append(open, c)
			for _, t := range c.Tests {
				tests = append(tests, t.Name)
			}
		}
	}
	if len(tests) == 0 {
		return out, nil
	}
	if late, err := buildLate(ctx, p, grader.FlavourExplore); err != nil || late.Stop != "" {
		return late, err
	}
	if why, missing := p.Missing[grader.FlavourExplore]; missing {
		out.Warnings = append(out.Warnings, grader.Finding{Cause: grader.CauseUnmeasurable, Message: "schedules were not explored: " + why})
		return out, nil
	}
	one, err := exploreNew(ctx, p, tests)
	if err != nil {
		return out, err
	}
	if err := shakeAll(ctx, p, &one); err != nil {
		return out, err
	}
	out.Measures = one.Measures
	for _, c := range open {
		out.Results = append(out.Results, judge(p, c, []grader.Outcome{one}))
	}
	return out, nil
}

// exploreNew explores those tests that the pass has not explored before, and
// returns the outcome of all.
func exploreNew(ctx context.Context, p *grader.Pass, tests []string) (grader.Outcome, error) {
	var unknown []string
	for _, t := range tests {
		if _, known := p.Explored[t]; !known {
			unknown = append(unknown, t)
		}
	}
	one, err := exploreAll(ctx, p, unknown)
	if err != nil {
		return one, err
	}
	if p.Explored == nil {
		p.Explored = map[string]grader.TestOutcome{}
	}
	for _, t := range one.Tests {
		p.Explored[t.Name] = t
	}
	one.Tests = nil
	for _, t := range tests {
		one.Tests = append(one.Tests, p.Explored[t])
	}
	return one, nil
}

// A test that waits for what virtual time does not know is repeated so often,
// for each number of processors, and no longer than that.
const (
	shakeRepeats = 10
	shakeBudget  = 2 * time.Second
)

// shakeAll repeats the tests that cannot be explored with delays in real time,
// and puts the failures into the outcome.
func shakeAll(ctx context.Context, p *grader.Pass, one *grader.Outcome) error {
	job := grader.Job{Flavour: grader.FlavourExplore, Explore: &grader.Explore{From: p.Seed, Count: uint64(min(shakeRepeats, p.Exercise.Schedules)), Budget: shakeBudget, RealTime: true}}
	for _, t := range one.Tests {
		if t.RealTime && t.Status == grader.TestPassed {
			job.Tests = append(job.Tests, t.Name)
		}
	}
	if len(job.Tests) == 0 {
		return nil
	}
	outs, err := runAll(ctx, p, job, procs(false))
	if err != nil {
		return err
	}
	one.Tests = slices.Clone(one.Tests)
	for _, out := range outs {
		for _, t := range out.Tests {
			at := slices.IndexFunc(one.Tests, func(x grader.TestOutcome) bool { return x.Name == t.Name })
			t.Repeats += one.Tests[at].Repeats
			if objects(t) && !objects(one.Tests[at]) {
				t.Findings = noted(t.Findings, grader.Note{Text: "it happened with delays in real time, and need not happen every time: the code is wrong all the same"})
				one.Tests[at] = t
			}
			one.Tests[at].Repeats = t.Repeats
		}
	}
	return nil
}

// SeedID names a schedule together with the code that it belongs to.
func SeedID(seed uint64, hash string) string {
	return fmt.Sprintf("%d-%s", seed, hash[:min(len(hash), 6)])
}

// exploreAll deals the tests out to as many processes as there are processors.
// A process that ends in a test is followed by another one for the rest.
func exploreAll(ctx context.Context, p *grader.Pass, tests []string) (grader.Outcome, error) {
	groups := deal(tests, runtime.GOMAXPROCS(0))
	outs := make([]grader.Outcome, len(groups))
	errs := make([]error, len(groups))
	var all sync.WaitGroup
	for i, group := range groups {
		all.Go(func() {
			outs[i], errs[i] = p.Bench.Run(ctx, grader.Job{
				Flavour: grader.FlavourExplore, Tests: group, Limits: grader.Limits{Wall: exploreWall},
				Explore: &grader.Explore{From: 1, Count: uint64(p.Exercise.Schedules), Budget: exploreBudget},
			})
		})
	}
	all.Wait()
	var one grader.Outcome
	for i, o := range outs {
		if errs[i] != nil {
			return one, errs[i]
		}
		one.Measures = append(one.Measures, o.Measures...)
		for _, t := range o.Tests {
			t.Findings = noted(t.Findings, grader.Note{
				Text:    fmt.Sprintf("it happens every time in schedule %d; step by step:", t.Seed),
				Command: fmt.Sprintf("grade replay %s %s/%s", p.Submission.Dir, t.Name, SeedID(t.Seed, p.Submission.Hash)),
			})
			for j := range t.Findings {
				t.Findings[j].Seed = t.Seed
			}
			one.Tests = append(one.Tests, t)
		}
	}
	return one, nil
}

// noted returns the findings with one more note each.
func noted(fs []grader.Finding, note grader.Note) []grader.Finding {
	fs = slices.Clone(fs)
	for i := range fs {
		fs[i].Notes = append(slices.Clip(fs[i].Notes), note)
	}
	return fs
}

// deal gives each of at most n hands every n-th card.
func deal(cards []string, n int) [][]string {
	hands := make([][]string, min(n, len(cards)))
	for i, c := range cards {
		hands[i%len(hands)] = append(hands[i%len(hands)], c)
	}
	return hands
}
