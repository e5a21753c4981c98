package cli

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/report"
)

// TestHTMLHasTheFailingSchedule goes the whole way: a submission that fails in
// a rare schedule gives a page that shows this schedule.
func TestHTMLHasTheFailingSchedule(t *testing.T) {
	scratchDir(t)
	dir := semaphores(t, "testdata", "mutants", "acquire-in-two-steps")
	file := filepath.Join(t.TempDir(), "report.html")
	r := grade("--only", "permits", "--format", "html", "--output", file, dir)
	require.Equal(t, ExitFailed, r.code, r.err)
	assert.Empty(t, r.out)
	page, err := os.ReadFile(file)
	require.NoError(t, err)
	for _, want := range []string{
		"<!DOCTYPE html>", "never more holders than permits", `<svg class="tl"`, "step by step", "that it takes to fail", "goroutine 2", "started by the test, calls Semaphore.Acquire",
		"and never comes back", "s.mu.Unlock()",
	} {
		assert.True(t, strings.Contains(string(page), want), want)
	}
	assert.NotContains(t, string(page), "There is no timeline")
}

func TestSchedulesOfAReport(t *testing.T) {
	in := func(test string, seed uint64) grader.Finding { return grader.Finding{Test: test, Seed: seed} }
	r := &grader.Report{Checks: []grader.CheckReport{
		{Verdict: grader.Passed, Findings: []grader.Finding{in("TestPassed", 9)}},
		{Verdict: grader.Failed, Findings: []grader.Finding{in("TestA", 0), in("TestA", 3), in("TestA", 3), in("TestB", 3)}},
		{Verdict: grader.Failed, Findings: []grader.Finding{in("TestA", 4), in("TestC", 5)}},
	}}
	assert.Equal(t, []storyKey{{r, "TestA", 3}, {r, "TestB", 3}, {r, "TestA", 4}}, schedules(r))
	assert.Empty(t, schedules(&grader.Report{}))
}

// brokenBench runs nothing.
type brokenBench struct {
	err error
	ran int
}

func (b *brokenBench) Build(context.Context, []grader.Flavour) (grader.BuildOutcome, error) {
	return grader.BuildOutcome{}, b.err
}

func (b *brokenBench) Run(context.Context, grader.Job) (grader.Outcome, error) {
	b.ran++
	return grader.Outcome{Tests: []grader.TestOutcome{{Name: "TestA", Status: grader.TestPassed}}}, b.err
}

// TestAScheduleThatCannotBeShown: the verdict stands, and the page says why
// there is no timeline.
func TestAScheduleThatCannotBeShown(t *testing.T) {
	finding := grader.Finding{Test: "TestA", Seed: 3}
	r := &grader.Report{Checks: []grader.CheckReport{{Verdict: grader.Failed, Findings: []grader.Finding{finding}}}}
	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"the machine fails":     {errors.New("no space left on device"), "no space left on device"},
		"it does not fail then": {nil, "did not fail when it was run again"},
	} {
		bench := &brokenBench{err: c.err}
		p := &grader.Pass{Exercise: &grader.Exercise{}, Submission: &grader.Submission{}, Bench: bench}
		e := &engine{progress: newProgress(nil)}
		require.NoError(t, e.tell(t.Context(), p, r), name)
		assert.Zero(t, bench.ran, "nobody wants it")
		_, ok := e.story(r, finding)
		assert.False(t, ok, name)

		e.wantStories([]target{{format: report.Format{Stories: true}}})
		require.NoError(t, e.tell(t.Context(), p, r), name)
		s, ok := e.story(r, finding)
		assert.True(t, ok, name)
		assert.Contains(t, s.Missing, c.want, name)
		assert.Nil(t, s.Timeline, name)
		_, ok = e.story(&grader.Report{}, finding)
		assert.False(t, ok, "another report")

		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errors.New("interrupted"))
		assert.ErrorContains(t, e.tell(ctx, p, r), "interrupted", name)
	}
}
