package stage

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

// fakeBench gives made-up outcomes and remembers what was asked of it.
type fakeBench struct {
	mu    sync.Mutex
	jobs  []grader.Job
	build []grader.Flavour

	built  grader.BuildOutcome
	result func(job grader.Job) run // every asked test passes by default
	broke  error
}

func (b *fakeBench) Build(_ context.Context, fs []grader.Flavour) (grader.BuildOutcome, error) {
	b.build = fs
	return b.built, b.broke
}

func (b *fakeBench) Run(_ context.Context, job grader.Job) (grader.Outcome, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.jobs = append(b.jobs, job)
	r := run{}
	for _, name := range job.Tests {
		r[name] = ok
	}
	if b.result != nil {
		for name, o := range b.result(job) {
			r[name] = o
		}
	}
	out := outcomes(r)[0]
	out.Measures = []grader.Measure{{Name: string(job.Flavour)}}
	return out, b.broke
}

func stageOf(t *testing.T, name string) grader.Stage {
	t.Helper()
	i := slices.IndexFunc(All(), func(s grader.Stage) bool { return s.Name == name })
	require.GreaterOrEqual(t, i, 0)
	return All()[i]
}

// runStage runs a stage over a fake bench.
func runStage(t *testing.T, name string, p *grader.Pass, b *fakeBench) grader.StageResult {
	t.Helper()
	p.Bench = b
	out, err := stageOf(t, name).Run(t.Context(), p)
	require.NoError(t, err)
	return out
}

func byCriterion(rs []grader.Result) map[string]grader.Verdict {
	out := map[string]grader.Verdict{}
	for _, r := range rs {
		out[r.Criterion] = r.Verdict
	}
	return out
}

func TestTheList(t *testing.T) {
	var names []string
	for _, s := range All() {
		names = append(names, s.Name)
		assert.NotEmpty(t, s.Title, s.Name)
		assert.Greater(t, len(strings.Fields(s.Doc)), 20, "%s: several sentences", s.Name)
		assert.NotNil(t, s.Run, s.Name)
	}
	assert.Equal(t, []string{"policy", "vet", "race", "explore", "timing", "speedup"}, names)
	assert.True(t, All()[0].Always && All()[1].Always, "what a submission must be is looked at for every exercise")
}

func TestRaceRunsThreeTimes(t *testing.T) {
	b := &fakeBench{}
	out := runStage(t, "race", newPass(), b)
	assert.Equal(t, map[string]grader.Verdict{"behaviour": grader.Passed, "race": grader.Passed, "leak": grader.Passed}, byCriterion(out.Results))
	assert.Len(t, out.Measures, 3)
	var procs []int
	seeds := map[uint64]bool{}
	for _, j := range b.jobs {
		procs = append(procs, j.Procs)
		seeds[j.Seed] = true
		assert.Equal(t, grader.FlavourRace, j.Flavour)
		assert.Equal(t, []string{"TestA", "TestB", "TestHammer"}, j.Tests)
		assert.False(t, j.Alone)
	}
	slices.Sort(procs)
	assert.Equal(t, []int{0, 1, 2}, procs)
	assert.Equal(t, map[uint64]bool{100: true, 101: true, 102: true}, seeds, "each run has an order of its own, made from the seed")
}

func TestQuickRunsOnce(t *testing.T) {
	b, p := &fakeBench{}, newPass()
	p.Quick = true
	runStage(t, "race", p, b)
	require.Len(t, b.jobs, 1)
	assert.Zero(t, b.jobs[0].Procs)
}

// TestOneRunOfThreeIsEnoughToFail whichever it is.
func TestOneRunOfThreeIsEnoughToFail(t *testing.T) {
	for _, procs := range []int{0, 1, 2} {
		b := &fakeBench{result: func(job grader.Job) run {
			if job.Procs == procs {
				return run{"TestA": wrong, "TestHammer": raced}
			}
			return nil
		}}
		out := runStage(t, "race", newPass(), b)
		assert.Equal(t, map[string]grader.Verdict{"behaviour": grader.Failed, "race": grader.Failed, "leak": grader.Passed}, byCriterion(out.Results))
		assert.Equal(t, []int{3, 1}, []int{out.Results[0].Runs, out.Results[0].Failures})
	}
}

// TestWithoutTheRaceDetector: nobody gets points for a check that was not
// made; the rest is judged all the same.
func TestWithoutTheRaceDetector(t *testing.T) {
	for name, c := range map[string]struct {
		result run
		want   map[string]grader.Verdict
	}{
		"a good submission": {nil, map[string]grader.Verdict{"behaviour": grader.Passed, "race": grader.Unmeasurable, "leak": grader.Passed}},
		"a leak":            {run{"TestA": leaky}, map[string]grader.Verdict{"behaviour": grader.Passed, "race": grader.Unmeasurable, "leak": grader.Failed}},
		"wrong answers":     {run{"TestB": wrong}, map[string]grader.Verdict{"behaviour": grader.Failed, "race": grader.Unmeasurable, "leak": grader.Passed}},
		"fatal map writes":  {run{"TestHammer": racedDead}, map[string]grader.Verdict{"behaviour": grader.Passed, "race": grader.Failed, "leak": grader.Passed}},
	} {
		b, p := &fakeBench{result: func(grader.Job) run { return c.result }}, newPass()
		p.Missing[grader.FlavourRace] = "no C compiler"
		out := runStage(t, "race", p, b)
		assert.Equal(t, c.want, byCriterion(out.Results), name)
		for _, j := range b.jobs {
			assert.Equal(t, grader.FlavourPlain, j.Flavour, name)
		}
		if r := out.Results[1]; r.Verdict == grader.Unmeasurable {
			assert.Equal(t, "not run here: no C compiler", r.Reason, name)
		}
	}
}

func TestTimingAndSpeedupRunOnce(t *testing.T) {
	for name, want := range map[string]grader.Job{
		"timing":  {Flavour: grader.FlavourVirtual, Tests: []string{"TestTime"}},
		"speedup": {Flavour: grader.FlavourPlain, Tests: []string{"TestFast"}, Alone: true},
	} {
		b := &fakeBench{}
		out := runStage(t, name, newPass(), b)
		assert.Equal(t, []grader.Job{want}, b.jobs, name)
		require.Len(t, out.Results, 1)
		assert.Equal(t, grader.Passed, out.Results[0].Verdict)
		assert.Len(t, out.Measures, 1)
		b.result = func(grader.Job) run { return run{want.Tests[0]: cannotTell} }
		assert.Equal(t, grader.Unmeasurable, runStage(t, name, newPass(), b).Results[0].Verdict)
	}
}

// TestWhatCannotCountIsNotRun: the way to the first mistake is short.
func TestWhatCannotCountIsNotRun(t *testing.T) {
	for _, name := range []string{"timing", "speedup"} {
		p := newPass()
		for i := range p.Exercise.Criteria {
			if p.Exercise.Criteria[i].Stage == name {
				p.Exercise.Criteria[i].After = []string{"behaviour"}
			}
		}
		b := &fakeBench{}
		p.Judged = map[string]grader.Result{"behaviour": {Criterion: "behaviour", Verdict: grader.Passed}}
		assert.Len(t, runStage(t, name, p, b).Results, 1)
		p.Judged = map[string]grader.Result{"behaviour": {Criterion: "behaviour", Verdict: grader.Failed}}
		assert.Empty(t, runStage(t, name, p, b).Results)
		assert.Len(t, b.jobs, 1)
	}
}

func TestOnlyWantedCriteriaAreJudged(t *testing.T) {
	p := newPass()
	p.Only = []string{"leak"}
	b := &fakeBench{result: func(grader.Job) run { return run{"TestA": leaky} }}
	out := runStage(t, "race", p, b)
	assert.Equal(t, map[string]grader.Verdict{"leak": grader.Failed}, byCriterion(out.Results))
	assert.Contains(t, b.jobs[0].Tests, "TestA", "every test of the stage may leak")
}

func TestABrokenBenchIsAnError(t *testing.T) {
	broke := errors.New("disk full")
	for _, name := range []string{"vet", "race", "timing", "speedup"} {
		p := newPass()
		p.Bench = &fakeBench{broke: broke}
		out, err := stageOf(t, name).Run(t.Context(), p)
		assert.ErrorIs(t, err, broke, name)
		assert.Empty(t, out.Results, "%s: no verdict", name)
	}
}

func TestVetBuildsWhatIsNeeded(t *testing.T) {
	all := []grader.Flavour{grader.FlavourRace, grader.FlavourVirtual, grader.FlavourPlain}
	for name, c := range map[string]struct {
		only []string
		want []grader.Flavour
	}{
		"everything": {nil, all}, "leak": {[]string{"leak"}, all[:1]}, "timing": {[]string{"timing"}, all[1:2]}, "fast": {[]string{"fast"}, all[2:]}, "nothing": {[]string{"none"}, nil},
	} {
		b, p := &fakeBench{}, newPass()
		p.Only = c.only
		runStage(t, "vet", p, b)
		assert.Equal(t, c.want, b.build, name)
	}
}

// TestLazy: a binary is built when a stage has something to run, and what
// does not build then stops the grading as it would have before.
func TestLazy(t *testing.T) {
	b, p := &fakeBench{}, newPass()
	p.Lazy = true
	runStage(t, "vet", p, b)
	assert.Equal(t, []grader.Flavour{grader.FlavourRace}, b.build)
	for stage, want := range map[string]grader.Flavour{"timing": grader.FlavourVirtual, "speedup": grader.FlavourPlain} {
		b.built.Findings = nil
		assert.NotEmpty(t, runStage(t, stage, p, b).Results)
		assert.Equal(t, []grader.Flavour{want}, b.build)
		b.built.Findings = []grader.Finding{{Cause: grader.CauseBuild, Message: "undefined: x"}}
		out := runStage(t, stage, p, b)
		assert.Equal(t, grader.StatusBuildFailed, out.Stop)
		assert.Empty(t, out.Results)
	}
	b, p = &fakeBench{}, toExplore()
	p.Lazy = true
	runStage(t, "explore", p, b)
	assert.Equal(t, []grader.Flavour{grader.FlavourExplore}, b.build)
}

func TestVet(t *testing.T) {
	warn, bad := []grader.Finding{{Message: "copies a lock"}}, []grader.Finding{{Cause: grader.CauseBuild, Message: "undefined: x"}}
	p := newPass()
	out := runStage(t, "vet", p, &fakeBench{built: grader.BuildOutcome{Warnings: warn, Missing: map[grader.Flavour]string{grader.FlavourRace: "no cc"}}})
	assert.Equal(t, warn, out.Warnings)
	assert.Empty(t, out.Stop, "warnings cost nothing")
	assert.Equal(t, "no cc", p.Missing[grader.FlavourRace], "later stages must know")
	out = runStage(t, "vet", newPass(), &fakeBench{built: grader.BuildOutcome{Findings: bad}})
	assert.Equal(t, grader.StatusBuildFailed, out.Stop)
	assert.Equal(t, bad, out.Findings)
}

func TestPolicy(t *testing.T) {
	good := map[string][]byte{"semaphore.go": []byte("package semaphore\n")}
	for name, c := range map[string]struct {
		files  map[string][]byte
		intake []grader.Finding
		want   grader.Status
	}{
		"good":                   {good, nil, ""},
		"a forbidden import":     {map[string][]byte{"semaphore.go": []byte("package semaphore\nimport \"os/exec\"\n")}, nil, grader.StatusRefused},
		"does not parse":         {map[string][]byte{"semaphore.go": []byte("package semaphore\nfunc {\n")}, nil, grader.StatusBuildFailed},
		"a bad folder":           {good, []grader.Finding{{Cause: grader.CausePolicy}}, grader.StatusRefused},
		"refused and not parsed": {map[string][]byte{"semaphore.go": []byte("package semaphore\nfunc {\n")}, []grader.Finding{{Cause: grader.CausePolicy}}, grader.StatusRefused},
		"refused, said last":     {map[string][]byte{"semaphore.go": []byte("package semaphore\nimport \"net\"\n")}, []grader.Finding{{Cause: grader.CauseBuild}}, grader.StatusRefused},
	} {
		p := newPass()
		p.Exercise.Package = "semaphore"
		p.Submission = &grader.Submission{Dir: "sub", Files: c.files, Names: []string{"semaphore.go"}}
		p.Intake = c.intake
		out := runStage(t, "policy", p, &fakeBench{})
		assert.Equal(t, c.want, out.Stop, name)
		assert.Equal(t, c.want == "", len(out.Findings) == 0, name)
	}
}
