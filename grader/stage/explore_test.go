package stage

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

// toExplore is a pass after a race stage in which everything passed, but for
// the criteria named.
func toExplore(failed ...string) *grader.Pass {
	p := newPass()
	p.Exercise.Schedules = 7
	p.Submission.Hash = "3f9a1c77"
	p.Judged = map[string]grader.Result{}
	for _, id := range []string{"behaviour", "race", "leak"} {
		p.Judged[id] = grader.Result{Criterion: id, Verdict: grader.Passed}
	}
	for _, id := range failed {
		p.Judged[id] = grader.Result{Criterion: id, Verdict: grader.Failed}
	}
	return p
}

func TestExploreDealsTheTestsOut(t *testing.T) {
	b := &fakeBench{}
	out := runStage(t, "explore", toExplore(), b)
	assert.Equal(t, map[string]grader.Verdict{"behaviour": grader.Passed, "race": grader.Passed, "leak": grader.Passed}, byCriterion(out.Results))
	require.Len(t, b.jobs, min(runtime.GOMAXPROCS(0), 3))
	var tests []string
	for _, j := range b.jobs {
		tests = append(tests, j.Tests...)
		assert.Equal(t, grader.FlavourExplore, j.Flavour)
		assert.Equal(t, &grader.Explore{From: 1, Count: 7, Budget: exploreBudget}, j.Explore, "always the same schedules, whatever the seed of the grading")
	}
	assert.ElementsMatch(t, []string{"TestA", "TestB", "TestHammer"}, tests)
}

// TestExploreLeavesOutWhatHasFailed: a student should not wait for what is known.
func TestExploreLeavesOutWhatHasFailed(t *testing.T) {
	b := &fakeBench{}
	out := runStage(t, "explore", toExplore("behaviour"), b)
	assert.Equal(t, map[string]grader.Verdict{"race": grader.Passed, "leak": grader.Passed}, byCriterion(out.Results))
	require.Len(t, b.jobs, 1)
	assert.Equal(t, []string{"TestHammer"}, b.jobs[0].Tests)
	b = &fakeBench{}
	p := toExplore("behaviour")
	for i := range p.Exercise.Criteria {
		if p.Exercise.Criteria[i].ID == "race" {
			p.Exercise.Criteria[i].After = []string{"behaviour"}
		}
	}
	runStage(t, "explore", p, b)
	assert.Empty(t, b.jobs, "race, with its TestHammer, cannot count any more")
	b = &fakeBench{}
	assert.Empty(t, runStage(t, "explore", toExplore("behaviour", "race", "leak"), b).Results)
	assert.Empty(t, b.jobs)
}

func TestExploreFindsWhatRunningDidNot(t *testing.T) {
	found := wrong
	found.Seed, found.Schedules = 33, 33
	fine := ok
	fine.Schedules = 7
	b := &fakeBench{result: func(j grader.Job) run {
		r := run{}
		for _, name := range j.Tests {
			r[name] = fine
		}
		if slices.Contains(j.Tests, "TestB") {
			r["TestB"] = found
		}
		return r
	}}
	out := runStage(t, "explore", toExplore(), b)
	assert.Equal(t, map[string]grader.Verdict{"behaviour": grader.Failed, "race": grader.Passed, "leak": grader.Passed}, byCriterion(out.Results))
	r := out.Results[0]
	assert.Equal(t, 40, r.Schedules)
	require.Len(t, r.Findings, 1)
	assert.EqualValues(t, 33, r.Findings[0].Seed)
	assert.Equal(t, "grade replay sub TestB/33-3f9a1c", r.Findings[0].Notes[0].Command)
}

// TestExploreOnce: a pass that judges again knows what its schedules have shown.
func TestExploreOnce(t *testing.T) {
	b := &fakeBench{result: func(j grader.Job) run {
		found := wrong
		found.Seed, found.Schedules = 3, 3
		return run{"TestB": found}
	}}
	p := toExplore()
	first := runStage(t, "explore", p, b)
	jobs := len(b.jobs)
	assert.Equal(t, first.Results, runStage(t, "explore", p, b).Results)
	assert.Len(t, b.jobs, jobs)
}

func TestExploreNeedsToBeAskedAndPossible(t *testing.T) {
	quick, none, missing := toExplore(), toExplore(), toExplore()
	quick.Quick, none.Exercise.Schedules = true, 0
	missing.Missing[grader.FlavourExplore] = "it could not be rewritten"
	for name, p := range map[string]*grader.Pass{"quick": quick, "no schedules": none, "not rewritten": missing} {
		b := &fakeBench{}
		out := runStage(t, "explore", p, b)
		assert.Empty(t, b.jobs, name)
		assert.Empty(t, out.Results, name)
		assert.Equal(t, name == "not rewritten", len(out.Warnings) == 1, "%s: it is never silent", name)
	}
}

func TestReplay(t *testing.T) {
	bad := wrong
	bad.Keep = []uint64{9, 4}
	for name, c := range map[string]struct {
		full    bool
		keep    []uint64
		shorter grader.TestOutcome // what the reduced schedule gives
		jobs    int
		reduced bool
	}{
		"reduced":                  {keep: []uint64{9, 4}, shorter: wrong, jobs: 4, reduced: true},
		"whole":                    {full: true, jobs: 2},
		"a crash allows no search": {keep: nil, jobs: 3},
		"the reduced one passes":   {keep: []uint64{9, 4}, shorter: ok, jobs: 4},
	} {
		b := &fakeBench{result: func(j grader.Job) run {
			out := wrong
			switch {
			case j.Tests[0] == "TestA":
				out = ok
			case j.Explore.Minimise:
				out.Keep = c.keep
			case j.Explore.Keep != nil:
				out = c.shorter
			}
			return run{j.Tests[0]: out}
		}}
		p := toExplore()
		p.Bench = b
		r, err := Replay(t.Context(), p, []string{"TestA", "TestB", "TestHammer"}, 5, c.full)
		require.NoError(t, err, name)
		assert.Equal(t, "TestB", r.Test.Name, "%s: the first that fails", name)
		assert.Equal(t, c.reduced, r.Reduced, name)
		require.Len(t, b.jobs, c.jobs, name)
		for _, j := range b.jobs {
			assert.EqualValues(t, 5, j.Explore.From, name)
			assert.EqualValues(t, 1, j.Explore.Count, name)
		}
		if c.jobs == 4 {
			assert.Equal(t, []uint64{4, 9}, b.jobs[3].Explore.Keep, "%s: sorted", name)
		}
	}
}

// TestRealTime: what virtual time does not know is repeated, on one processor,
// two and all, and a failure in any of the repetitions counts.
func TestRealTime(t *testing.T) {
	for name, bad := range map[string]bool{"right": false, "wrong now and then": true} {
		b := &fakeBench{result: func(j grader.Job) run {
			r := run{}
			for _, name := range j.Tests {
				r[name] = ok
			}
			if !slices.Contains(j.Tests, "TestB") {
				return r
			}
			real := ok
			real.RealTime = !j.Explore.RealTime
			if j.Explore.RealTime {
				real.Repeats = 10
			}
			if bad && j.Explore.RealTime && j.Procs == 2 {
				real.Status, real.Findings, real.Repeats = wrong.Status, slices.Clone(wrong.Findings), 4
			}
			r["TestB"] = real
			return r
		}}
		out := runStage(t, "explore", toExplore(), b)
		var again []grader.Job
		for _, j := range b.jobs {
			if j.Explore.RealTime {
				again = append(again, j)
				assert.Equal(t, []string{"TestB"}, j.Tests, name)
			}
		}
		require.Len(t, again, 3, name)
		assert.ElementsMatch(t, []int{1, 2, 0}, []int{again[0].Procs, again[1].Procs, again[2].Procs}, name)
		r := out.Results[0]
		assert.Equal(t, "behaviour", r.Criterion)
		if bad {
			assert.Equal(t, grader.Failed, r.Verdict, name)
			assert.Equal(t, 24, r.Repeats)
			require.Len(t, r.Findings, 1)
			assert.Contains(t, r.Findings[0].Notes[0].Text, "need not happen every time")
			assert.Zero(t, r.Findings[0].Seed, "no seed decides it")
		} else {
			assert.Equal(t, grader.Passed, r.Verdict, name)
			assert.Equal(t, 30, r.Repeats)
		}
	}
}
