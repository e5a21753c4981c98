package grader_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

// rubric has two criteria of each kind of dependence: b after a, c after b, and d on its own in another stage.
func rubric() *grader.Exercise {
	tests := []grader.TestCase{{Name: "TestOne"}, {Name: "TestTwo"}}
	return &grader.Exercise{Slug: "05-semaphore", Criteria: []grader.Criterion{
		{ID: "a", Title: "the A", Stage: "race", Points: 40, Check: grader.CheckTests, Tests: tests, Advice: "advice for a"},
		{ID: "b", Title: "the B", Stage: "race", Points: 30, Check: grader.CheckTests, After: []string{"a"}},
		{ID: "c", Title: "the C", Stage: "race", Points: 20, Check: grader.CheckTests, After: []string{"b"}},
		{ID: "d", Title: "the D", Stage: "timing", Points: 10, Check: grader.CheckTests},
	}}
}

func pass(only ...string) *grader.Pass {
	return &grader.Pass{Exercise: rubric(), Seed: 42, Only: only, Progress: func(string) {}}
}

// says makes a stage that gives these results.
func says(name string, results ...grader.Result) grader.Stage {
	return grader.Stage{Name: name, Run: func(context.Context, *grader.Pass) (grader.StageResult, error) {
		return grader.StageResult{Results: results}, nil
	}}
}

func result(id string, v grader.Verdict) grader.Result {
	return grader.Result{Criterion: id, Verdict: v}
}

func passed(ids ...string) (list []grader.Result) {
	for _, id := range ids {
		list = append(list, result(id, grader.Passed))
	}
	return list
}

func grade(t *testing.T, p *grader.Pass, stages ...grader.Stage) *grader.Report {
	t.Helper()
	r, err := grader.Grade(t.Context(), stages, p)
	require.NoError(t, err)
	return r
}

// verdicts and credit by criterion.
func verdicts(r *grader.Report) map[string]grader.Verdict {
	out := map[string]grader.Verdict{}
	for _, c := range r.Checks {
		out[c.ID] = c.Verdict
	}
	return out
}

func TestGradeAddsUp(t *testing.T) {
	r := grade(t, pass(), says("race", passed("a", "b", "c")...), says("timing", passed("d")...))
	assert.Equal(t, grader.StatusGraded, r.Status)
	assert.Equal(t, grader.ResultSchema, r.Schema)
	assert.Equal(t, 100, r.Score)
	assert.Equal(t, 100, r.MaxScore)
	assert.EqualValues(t, 42, r.Seed)
	assert.True(t, r.AllPassed())
	require.Len(t, r.Checks, 4)
	assert.Equal(t, "the B", r.Checks[1].Name)
	assert.Equal(t, []string{"a"}, r.Checks[1].DependsOn)
	assert.Empty(t, r.Checks[0].Hint, "no advice for what passed")
}

func TestGradeKeepsWhatStagesSay(t *testing.T) {
	s := grader.Stage{Name: "vet", Always: true, Run: func(context.Context, *grader.Pass) (grader.StageResult, error) {
		return grader.StageResult{Warnings: []grader.Finding{{Message: "copies lock"}}, Measures: []grader.Measure{{Name: "m"}}}, nil
	}}
	fails := grader.Result{Criterion: "a", Verdict: grader.Failed, Reason: "hidden by the finding", Runs: 3, Failures: 1, Findings: []grader.Finding{
		{Cause: grader.CauseLeak, Message: "left behind", Pos: grader.Position{File: "s.go", Line: 7}},
		{Cause: grader.CausePanic, Message: "second"},
	}}
	r := grade(t, pass("a"), s, s, says("race", fails))
	assert.Len(t, r.Warnings, 2)
	assert.Len(t, r.Measures, 2)
	require.Len(t, r.Checks, 1)
	c := r.Checks[0]
	assert.Equal(t, grader.CauseLeak, c.Kind, "the cause is that of the first finding")
	assert.Equal(t, "left behind", c.Message)
	assert.Equal(t, &grader.Position{File: "s.go", Line: 7}, c.Location)
	assert.Equal(t, "advice for a", c.Hint)
	assert.Equal(t, []int{3, 1}, []int{c.Runs, c.Failures})
	assert.Len(t, c.Findings, 2)
}

// TestAfter: a criterion passes only when what it comes after holds.
func TestAfter(t *testing.T) {
	skipped := grader.Skipped
	for name, c := range map[string]struct {
		a, b, c grader.Verdict
		want    []grader.Verdict // of a, b and c
		score   int
	}{
		"all hold":              {grader.Passed, grader.Passed, grader.Passed, []grader.Verdict{grader.Passed, grader.Passed, grader.Passed}, 90},
		"the first fails":       {grader.Failed, grader.Passed, grader.Passed, []grader.Verdict{grader.Failed, skipped, skipped}, 0},
		"the second fails":      {grader.Passed, grader.Failed, grader.Passed, []grader.Verdict{grader.Passed, grader.Failed, skipped}, 40},
		"they may always fail":  {grader.Failed, grader.Failed, grader.Failed, []grader.Verdict{grader.Failed, grader.Failed, grader.Failed}, 0},
		"skipped does not hold": {grader.Skipped, grader.Passed, grader.Passed, []grader.Verdict{skipped, skipped, skipped}, 0},
		"errored does not hold": {grader.Errored, grader.Passed, grader.Passed, []grader.Verdict{grader.Errored, skipped, skipped}, 0},
		"unknown does not hold": {grader.VerdictUnknown, grader.Passed, grader.Passed, []grader.Verdict{grader.VerdictUnknown, skipped, skipped}, 0},
		"nobody can tell":       {grader.Unmeasurable, grader.Passed, grader.Passed, []grader.Verdict{grader.Unmeasurable, grader.Passed, grader.Passed}, 50},
		"unmeasurable stays":    {grader.Failed, grader.Unmeasurable, grader.Failed, []grader.Verdict{grader.Failed, grader.Unmeasurable, grader.Failed}, 0},
	} {
		r := grade(t, pass("race"), says("race", result("a", c.a), result("b", c.b), result("c", c.c)))
		got := verdicts(r)
		assert.Equal(t, c.want, []grader.Verdict{got["a"], got["b"], got["c"]}, name)
		assert.Equal(t, c.score, r.Score, name)
	}
}

func TestAfterNamesWhatIsMissing(t *testing.T) {
	r := grade(t, pass("race"), says("race", result("a", grader.Failed), result("b", grader.Passed), result("c", grader.Passed)))
	assert.Equal(t, `counts once "the A" holds`, r.Checks[1].Message)
	assert.Equal(t, `counts once "the B" holds`, r.Checks[2].Message)
}

func TestAfterGivesNoCreditForAPart(t *testing.T) {
	half := grader.Result{Criterion: "b", Verdict: grader.Failed, TestsPassed: 1, TestsTotal: 2}
	alone := grade(t, pass("a", "b"), says("race", result("a", grader.Passed), half))
	assert.Equal(t, 40+15, alone.Score)
	behind := grade(t, pass("a", "b"), says("race", result("a", grader.Failed), half))
	assert.Equal(t, 0, behind.Score)
	assert.Equal(t, grader.Failed, behind.Checks[1].Verdict)
}

// TestAfterSkipsWhatDidNotRun: a stage need not run what cannot count, and the
// report says why it has no verdict.
func TestAfterSkipsWhatDidNotRun(t *testing.T) {
	r := grade(t, pass("race"), says("race", result("a", grader.Failed)))
	assert.Equal(t, grader.Skipped, r.Checks[1].Verdict)
	assert.Equal(t, `counts once "the A" holds`, r.Checks[1].Message)
	assert.Equal(t, `counts once "the B" holds`, r.Checks[2].Message)
}

func TestCounts(t *testing.T) {
	for name, c := range map[string]struct {
		judged []grader.Result
		only   []string
		want   []bool // of a, b, c and d
	}{
		"nothing is known":     {nil, nil, []bool{true, true, true, true}},
		"all hold":             {passed("a", "b", "c"), nil, []bool{true, true, true, true}},
		"the first fails":      {[]grader.Result{result("a", grader.Failed), result("b", grader.Passed)}, nil, []bool{true, false, false, true}},
		"the second fails":     {[]grader.Result{result("a", grader.Passed), result("b", grader.Failed)}, nil, []bool{true, true, false, true}},
		"nobody can tell":      {[]grader.Result{result("a", grader.Unmeasurable)}, nil, []bool{true, true, true, true}},
		"the first is no part": {[]grader.Result{result("b", grader.Passed)}, []string{"b", "c"}, []bool{true, true, true, true}},
	} {
		p := pass(c.only...)
		p.Judged = map[string]grader.Result{}
		for _, r := range c.judged {
			p.Judged[r.Criterion] = r
		}
		var got []bool
		for _, criterion := range p.Exercise.Criteria {
			got = append(got, p.Counts(criterion))
		}
		assert.Equal(t, c.want, got, name)
	}
}

// TestAfterCountsOnlyWhatIsJudged: --only b must not ask for a.
func TestAfterCountsOnlyWhatIsJudged(t *testing.T) {
	r := grade(t, pass("b"), says("race", result("b", grader.Passed)))
	assert.Equal(t, map[string]grader.Verdict{"b": grader.Passed}, verdicts(r))
	assert.Equal(t, 30, r.Score)
}

func TestOnly(t *testing.T) {
	for name, c := range map[string]struct {
		only   []string
		want   []string
		stages []string // that run
	}{
		"everything":              {nil, []string{"a", "b", "c", "d"}, []string{"policy", "race", "timing"}},
		"a criterion":             {[]string{"c"}, []string{"c"}, []string{"policy", "race"}},
		"a stage":                 {[]string{"timing"}, []string{"d"}, []string{"policy", "timing"}},
		"a criterion and a stage": {[]string{"b", "timing"}, []string{"b", "d"}, []string{"policy", "race", "timing"}},
		"nothing there is":        {[]string{"nonsense"}, nil, []string{"policy"}},
	} {
		var ran, told []string
		var stages []grader.Stage
		for _, s := range []string{"policy", "race", "timing"} {
			stages = append(stages, grader.Stage{Name: s, Title: "title of " + s, Always: s == "policy", Run: func(context.Context, *grader.Pass) (grader.StageResult, error) {
				ran = append(ran, s)
				return grader.StageResult{}, nil
			}})
		}
		p := pass(c.only...)
		p.Progress = func(text string) { told = append(told, text) }
		r := grade(t, p, stages...)
		var got []string
		for _, ch := range r.Checks {
			got = append(got, ch.ID)
		}
		assert.Equal(t, c.want, got, name)
		assert.Equal(t, c.stages, ran, name)
		assert.Len(t, told, len(c.stages), name)
		assert.False(t, r.AllPassed(), "%s: nothing was judged", name)
		assert.Zero(t, r.Score, name)
	}
}

func TestStop(t *testing.T) {
	for status, reason := range map[grader.Status]string{
		grader.StatusRefused:     "not judged: the submission was refused",
		grader.StatusBuildFailed: "not judged: the submission does not build",
		grader.StatusTimeout:     "not judged",
	} {
		stop := grader.Stage{Name: "policy", Always: true, Run: func(context.Context, *grader.Pass) (grader.StageResult, error) {
			return grader.StageResult{Stop: status, Findings: []grader.Finding{{Message: "why"}}}, nil
		}}
		never := grader.Stage{Name: "race", Run: func(context.Context, *grader.Pass) (grader.StageResult, error) {
			t.Error("a stage ran after the stop")
			return grader.StageResult{}, nil
		}}
		r := grade(t, pass(), stop, never)
		assert.Equal(t, status, r.Status)
		assert.Equal(t, []grader.Finding{{Message: "why"}}, r.Findings)
		assert.Zero(t, r.Score)
		assert.False(t, r.AllPassed())
		require.Len(t, r.Checks, 4)
		for _, c := range r.Checks {
			assert.Equal(t, grader.Skipped, c.Verdict)
			assert.Equal(t, reason, c.Message)
		}
	}
}

// TestStopKeepsWhatCameBefore: a stage may end a grading that others have begun.
func TestStopKeepsWhatCameBefore(t *testing.T) {
	stop := says("timing")
	stop.Run = func(context.Context, *grader.Pass) (grader.StageResult, error) {
		return grader.StageResult{Stop: grader.StatusTimeout}, nil
	}
	r := grade(t, pass(), says("race", passed("a", "b", "c")...), stop)
	assert.Equal(t, 90, r.Score)
	assert.False(t, r.AllPassed(), "a grading that was stopped is no pass")
}

func TestStageErrorIsNoVerdict(t *testing.T) {
	broke := errors.New("disk full")
	bad := grader.Stage{Name: "race", Run: func(context.Context, *grader.Pass) (grader.StageResult, error) {
		return grader.StageResult{Results: passed("a")}, broke
	}}
	r, err := grader.Grade(t.Context(), []grader.Stage{bad}, pass())
	assert.Nil(t, r)
	assert.ErrorIs(t, err, broke)
	assert.EqualError(t, err, "race: disk full")
}

// TestCancelled: a cancelled grading gives the reason of the cancel, whatever the stage makes of it.
func TestCancelled(t *testing.T) {
	why := errors.New("the server shuts down")
	for name, fromStage := range map[string]error{"the stage noticed": errors.New("killed"), "the stage went on": nil} {
		ctx, cancel := context.WithCancelCause(t.Context())
		s := grader.Stage{Name: "race", Run: func(context.Context, *grader.Pass) (grader.StageResult, error) {
			cancel(why)
			return grader.StageResult{Results: passed("a", "b", "c")}, fromStage
		}}
		r, err := grader.Grade(ctx, []grader.Stage{s}, pass())
		assert.Nil(t, r, name)
		assert.ErrorIs(t, err, why, name)
		assert.NotErrorIs(t, err, context.DeadlineExceeded, name)
	}
}

func TestPartialCredit(t *testing.T) {
	for name, c := range map[string]struct {
		verdict       grader.Verdict
		passed, total int
		points        int
		allOrNothing  bool
		check         grader.Check
		want          int
	}{
		"a pass":                           {grader.Passed, 4, 4, 10, false, grader.CheckTests, 10},
		"a pass without tests":             {grader.Passed, 0, 0, 10, false, grader.CheckRace, 10},
		"half":                             {grader.Failed, 2, 4, 10, false, grader.CheckTests, 5},
		"rounded down":                     {grader.Failed, 2, 3, 10, false, grader.CheckTests, 6},
		"none":                             {grader.Failed, 0, 4, 10, false, grader.CheckTests, 0},
		"failed with every test passed":    {grader.Failed, 4, 4, 10, false, grader.CheckTests, 9},
		"failed, one point, all passed":    {grader.Failed, 4, 4, 1, false, grader.CheckTests, 0},
		"failed, no points":                {grader.Failed, 4, 4, 0, false, grader.CheckTests, 0},
		"failed without tests":             {grader.Failed, 0, 0, 10, false, grader.CheckTests, 0},
		"all or nothing":                   {grader.Failed, 3, 4, 10, true, grader.CheckTests, 0},
		"a race is not divided":            {grader.Failed, 3, 4, 10, false, grader.CheckRace, 0},
		"a leak is not divided":            {grader.Failed, 3, 4, 10, false, grader.CheckLeak, 0},
		"a check without a name":           {grader.Failed, 3, 4, 10, false, "", 0},
		"skipped":                          {grader.Skipped, 4, 4, 10, false, grader.CheckTests, 0},
		"unmeasurable":                     {grader.Unmeasurable, 4, 4, 10, false, grader.CheckTests, 0},
		"errored":                          {grader.Errored, 4, 4, 10, false, grader.CheckTests, 0},
		"unknown":                          {grader.VerdictUnknown, 4, 4, 10, false, grader.CheckTests, 0},
		"a verdict that nobody made, Pass": {"Passed", 4, 4, 10, false, grader.CheckTests, 0},
	} {
		p := &grader.Pass{Progress: func(string) {}, Exercise: &grader.Exercise{Criteria: []grader.Criterion{
			{ID: "a", Stage: "race", Points: c.points, Check: c.check, AllOrNothing: c.allOrNothing},
		}}}
		r := grade(t, p, says("race", grader.Result{Criterion: "a", Verdict: c.verdict, TestsPassed: c.passed, TestsTotal: c.total}))
		assert.Equal(t, c.want, r.Score, name)
		assert.Equal(t, c.want, r.Checks[0].Points, name)
		if c.verdict != grader.Passed {
			assert.True(t, r.Score < c.points || c.points == 0, "%s: full points without a pass", name)
			assert.False(t, r.AllPassed(), name)
		}
	}
}

func TestUnmeasurablePointsAreToldApart(t *testing.T) {
	r := grade(t, pass(), says("race", passed("a", "b", "c")...), says("timing", result("d", grader.Unmeasurable)))
	assert.Equal(t, 90, r.Score)
	assert.Equal(t, 10, r.Unmeasurable)
	assert.True(t, r.AllPassed(), "what could be judged passed")
}

func TestAllPassed(t *testing.T) {
	checks := func(vs ...grader.Verdict) (list []grader.CheckReport) {
		for _, v := range vs {
			list = append(list, grader.CheckReport{Verdict: v})
		}
		return list
	}
	for name, c := range map[string]struct {
		r    grader.Report
		want bool
	}{
		"zero value":            {grader.Report{}, false},
		"no checks":             {grader.Report{Status: grader.StatusGraded}, false},
		"no status":             {grader.Report{Checks: checks(grader.Passed)}, false},
		"passed":                {grader.Report{Status: grader.StatusGraded, Checks: checks(grader.Passed)}, true},
		"one failed":            {grader.Report{Status: grader.StatusGraded, Checks: checks(grader.Passed, grader.Failed)}, false},
		"one skipped":           {grader.Report{Status: grader.StatusGraded, Checks: checks(grader.Passed, grader.Skipped)}, false},
		"one errored":           {grader.Report{Status: grader.StatusGraded, Checks: checks(grader.Passed, grader.Errored)}, false},
		"one unknown":           {grader.Report{Status: grader.StatusGraded, Checks: checks(grader.Passed, grader.VerdictUnknown)}, false},
		"one unmeasurable":      {grader.Report{Status: grader.StatusGraded, Checks: checks(grader.Passed, grader.Unmeasurable)}, true},
		"all unmeasurable":      {grader.Report{Status: grader.StatusGraded, Checks: checks(grader.Unmeasurable)}, false},
		"refused":               {grader.Report{Status: grader.StatusRefused, Checks: checks(grader.Passed)}, false},
		"the grader broke":      {grader.Report{Status: grader.StatusError, Checks: checks(grader.Passed)}, false},
		"a zero check":          {grader.Report{Status: grader.StatusGraded, Checks: []grader.CheckReport{{}}}, false},
		"a zero beside passed":  {grader.Report{Status: grader.StatusGraded, Checks: append(checks(grader.Passed), grader.CheckReport{})}, false},
		"a status of one's own": {grader.Report{Status: "passed", Checks: checks(grader.Passed)}, false},
	} {
		assert.Equal(t, c.want, c.r.AllPassed(), name)
	}
}

// TestResultsForNobody: what a stage says of criteria that are not there gives nothing.
func TestResultsForNobody(t *testing.T) {
	r := grade(t, pass(), says("race", passed("", "z")...), says("timing"))
	assert.Zero(t, r.Score)
	for _, c := range r.Checks {
		assert.Equal(t, grader.Skipped, c.Verdict, c.ID)
		assert.NotEmpty(t, c.Message)
	}
}

func TestZeroValuesSayNothingGood(t *testing.T) {
	var p grader.Position
	assert.False(t, p.IsValid())
	assert.Equal(t, "-", p.String())
	assert.Equal(t, grader.VerdictUnknown, grader.Result{}.Verdict)
	assert.NotEqual(t, grader.Passed, grader.VerdictUnknown)
	assert.False(t, grader.IsCause(""))
	var o grader.TestOutcome
	assert.NotEqual(t, grader.TestPassed, o.Status)
}

// TestTwoStagesOfOneCriterion: what a later stage says is added to what an
// earlier one said, and never makes it better.
func TestTwoStagesOfOneCriterion(t *testing.T) {
	finding := func(m string) []grader.Finding { return []grader.Finding{{Message: m}} }
	for name, c := range map[string]struct {
		first, second grader.Result
		want          grader.Result
	}{
		"both pass": {
			grader.Result{Verdict: grader.Passed, TestsPassed: 2, TestsTotal: 2, Runs: 3}, grader.Result{Verdict: grader.Passed, TestsPassed: 2, TestsTotal: 2, Runs: 1, Schedules: 200},
			grader.Result{Verdict: grader.Passed, TestsPassed: 2, TestsTotal: 2, Runs: 4, Schedules: 200},
		},
		"the second objects": {
			grader.Result{Verdict: grader.Passed, TestsPassed: 2, TestsTotal: 2, Runs: 3}, grader.Result{Verdict: grader.Failed, TestsPassed: 1, TestsTotal: 2, Runs: 1, Failures: 1, Findings: finding("b")},
			grader.Result{Verdict: grader.Failed, TestsPassed: 1, TestsTotal: 2, Runs: 4, Failures: 1, Findings: finding("b")},
		},
		"the first objected": {
			grader.Result{Verdict: grader.Failed, TestsPassed: 1, TestsTotal: 2, Runs: 3, Failures: 3, Findings: finding("a")}, grader.Result{Verdict: grader.Passed, TestsPassed: 2, TestsTotal: 2, Runs: 1},
			grader.Result{Verdict: grader.Failed, TestsPassed: 1, TestsTotal: 2, Runs: 4, Failures: 3, Findings: finding("a")},
		},
		"the first could not tell": {
			grader.Result{Verdict: grader.Unmeasurable, Reason: "no race detector"}, grader.Result{Verdict: grader.Passed, Runs: 1},
			grader.Result{Verdict: grader.Unmeasurable, Reason: "no race detector", Runs: 1},
		},
		"the first could not tell, the second objects": {
			grader.Result{Verdict: grader.Unmeasurable, Reason: "no race detector"}, grader.Result{Verdict: grader.Failed, Runs: 1, Failures: 1},
			grader.Result{Verdict: grader.Failed, Runs: 1, Failures: 1},
		},
	} {
		c.first.Criterion, c.second.Criterion = "a", "a"
		second := says("explore", c.second)
		second.Always = true
		r := grade(t, pass(), says("race", c.first), second)
		var got grader.CheckReport
		for _, x := range r.Checks {
			if x.ID == "a" {
				got = x
			}
		}
		assert.Equal(t, c.want.Verdict, got.Verdict, name)
		assert.Equal(t, []int{c.want.Runs, c.want.Failures, c.want.Schedules}, []int{got.Runs, got.Failures, got.Schedules}, name)
		assert.Equal(t, c.want.Findings, got.Findings, name)
	}
}
