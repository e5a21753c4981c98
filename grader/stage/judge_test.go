package stage

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

const source = `package semaphore

import "sync"

var ErrFull, ErrEmpty = 1, 2

type (
	Semaphore struct{ mu sync.Mutex }

	List[T any] struct{ items []T }
	Pair[K comparable, V any] struct{}
)

func New(n int) *Semaphore { return nil }

func (s *Semaphore) Acquire() {}

func (Semaphore) Release() {}

func (l *List[T]) Push(v T) {}

func (p Pair[K, V]) Swap() {}

func (p *(Odd)) Odd() {}

const Acquire = 3
`

var inSub = filepath.Join("sub", "semaphore.go")

// newPass makes a pass over one criterion of each check.
func newPass() *grader.Pass {
	test := func(name string) grader.TestCase {
		return grader.TestCase{Name: name, About: "Semaphore.Acquire", Rule: "rule of " + name}
	}
	return &grader.Pass{
		Exercise: &grader.Exercise{Criteria: []grader.Criterion{
			{ID: "behaviour", Stage: "race", Check: grader.CheckTests, Tests: []grader.TestCase{test("TestA"), test("TestB")}},
			{ID: "race", Stage: "race", Check: grader.CheckRace, Tests: []grader.TestCase{test("TestHammer")}},
			{ID: "leak", Stage: "race", Check: grader.CheckLeak},
			{ID: "time", Stage: "timing", Check: grader.CheckTests, Tests: []grader.TestCase{test("TestTime")}},
			{ID: "fast", Stage: "speedup", Check: grader.CheckTests, Tests: []grader.TestCase{test("TestFast")}},
		}},
		Submission: &grader.Submission{Dir: "sub", Names: []string{"broken.go", "semaphore.go"}, Files: map[string][]byte{
			"broken.go": []byte("package {"), "semaphore.go": []byte(source),
		}},
		Seed: 100, Missing: map[grader.Flavour]string{}, Progress: func(string) {},
	}
}

var (
	ok         = grader.TestOutcome{Status: grader.TestPassed}
	wrong      = failing(grader.CauseAssertion)
	raced      = grader.TestOutcome{Status: grader.TestPassed, Raced: true, Findings: []grader.Finding{{Cause: grader.CauseRace, Message: "race"}}}
	racedLeak  = grader.TestOutcome{Status: grader.TestPassed, Raced: true, Findings: append(raced.Findings, leaky.Findings...)}
	leaky      = grader.TestOutcome{Status: grader.TestPassed, Findings: []grader.Finding{{Cause: grader.CauseLeak, Message: "left behind"}}}
	racedDead  = grader.TestOutcome{Status: grader.TestCrashed, Findings: []grader.Finding{{Cause: grader.CauseRace, Message: "race"}}}
	cannotTell = grader.TestOutcome{Status: grader.TestUnmeasurable, Reason: "one processor"}
	notRun     = grader.TestOutcome{Status: grader.TestNotRun, Reason: "others hung"}
)

func failing(causes ...grader.Cause) grader.TestOutcome {
	o := grader.TestOutcome{Status: grader.TestFailed}
	for _, c := range causes {
		o.Findings = append(o.Findings, grader.Finding{Cause: c, Message: string(c)})
	}
	return o
}

// run is one run; missing tests are not in it.
type run map[string]grader.TestOutcome

func outcomes(runs ...run) (outs []grader.Outcome) {
	for _, r := range runs {
		var o grader.Outcome
		for _, name := range []string{"TestA", "TestB", "TestHammer", "TestTime", "TestFast"} {
			if x, there := r[name]; there {
				x.Name = name
				o.Tests = append(o.Tests, x)
			}
		}
		outs = append(outs, o)
	}
	return outs
}

// every makes a run in which all tests passed but those given.
func every(but run) run {
	r := run{"TestA": ok, "TestB": ok, "TestHammer": ok}
	for name, o := range but {
		r[name] = o
	}
	return r
}

func TestJudge(t *testing.T) {
	fine := every(nil)
	missing := run{"TestA": ok, "TestHammer": ok}
	type want struct {
		verdict  grader.Verdict
		failures int
	}
	pass, skip, unmeasurable := want{verdict: grader.Passed}, want{verdict: grader.Skipped}, want{verdict: grader.Unmeasurable}
	fail := func(n int) want { return want{grader.Failed, n} }
	for name, c := range map[string]struct {
		runs                  []run
		behaviour, race, leak want
	}{
		"all pass":                            {[]run{fine, fine, fine}, pass, pass, pass},
		"one of three fails":                  {[]run{fine, every(run{"TestB": wrong}), fine}, fail(1), pass, pass},
		"both tests in the same run":          {[]run{every(run{"TestA": wrong, "TestB": wrong}), fine}, fail(1), pass, pass},
		"two runs":                            {[]run{every(run{"TestA": wrong}), every(run{"TestB": wrong}), fine}, fail(2), pass, pass},
		"a test is missing":                   {[]run{fine, missing}, fail(1), pass, pass},
		"nothing at all came":                 {[]run{{}}, fail(1), fail(1), pass},
		"failed without a finding":            {[]run{every(run{"TestA": {Status: grader.TestFailed}})}, fail(1), pass, pass},
		"skipped by itself":                   {[]run{every(run{"TestA": {Status: grader.TestSkipped}})}, fail(1), pass, pass},
		"vanished":                            {[]run{every(run{"TestA": {Status: grader.TestVanished}})}, fail(1), pass, pass},
		"crashed":                             {[]run{every(run{"TestA": {Status: grader.TestCrashed}})}, fail(1), pass, pass},
		"stuck":                               {[]run{every(run{"TestA": {Status: grader.TestStuck}})}, fail(1), pass, pass},
		"timeout":                             {[]run{every(run{"TestA": {Status: grader.TestTimeout}})}, fail(1), pass, pass},
		"a status nobody knows":               {[]run{every(run{"TestA": {Status: "PASS"}})}, fail(1), pass, pass},
		"zero value":                          {[]run{every(run{"TestA": {}})}, fail(1), pass, pass},
		"only a race":                         {[]run{fine, every(run{"TestA": raced})}, pass, fail(1), pass},
		"only races, in every run":            {[]run{every(run{"TestA": raced}), every(run{"TestB": raced})}, pass, fail(2), pass},
		"a race in a test of race":            {[]run{every(run{"TestHammer": raced})}, pass, fail(1), pass},
		"the test of race fails":              {[]run{every(run{"TestHammer": wrong})}, pass, fail(1), pass},
		"a race and an assertion":             {[]run{every(run{"TestA": failing(grader.CauseRace, grader.CauseAssertion)})}, fail(1), fail(1), pass},
		"a race and a leak":                   {[]run{every(run{"TestA": racedLeak})}, pass, fail(1), fail(1)},
		"failed, and only a race in the text": {[]run{every(run{"TestA": failing(grader.CauseRace)})}, fail(1), fail(1), pass},
		"failed, and only a leak known":       {[]run{every(run{"TestA": failing(grader.CauseLeak)})}, fail(1), pass, fail(1)},
		"a race ended the process":            {[]run{every(run{"TestA": racedDead})}, skip, fail(1), pass},
		"a leak":                              {[]run{fine, every(run{"TestB": leaky})}, pass, pass, fail(1)},
		"a leak in two tests of one run":      {[]run{every(run{"TestA": leaky, "TestB": leaky})}, pass, pass, fail(1)},
		"unmeasurable":                        {[]run{every(run{"TestA": cannotTell})}, unmeasurable, pass, pass},
		"unmeasurable once":                   {[]run{fine, every(run{"TestA": cannotTell})}, unmeasurable, pass, pass},
		"unmeasurable and failed":             {[]run{every(run{"TestA": cannotTell, "TestB": wrong})}, fail(1), pass, pass},
		"not run":                             {[]run{every(run{"TestA": notRun}), every(run{"TestA": notRun})}, skip, pass, pass},
		"not run and failed":                  {[]run{every(run{"TestA": notRun, "TestB": wrong})}, fail(1), pass, pass},
	} {
		p := newPass()
		for i, w := range map[int]want{0: c.behaviour, 1: c.race, 2: c.leak} {
			crit := p.Exercise.Criteria[i]
			r := judge(p, crit, outcomes(c.runs...))
			assert.Equal(t, w, want{r.Verdict, r.Failures}, "%s: criterion %s", name, crit.ID)
			assert.Equal(t, crit.ID, r.Criterion)
			assert.Equal(t, len(c.runs), r.Runs)
			assert.Equal(t, len(crit.Tests), r.TestsTotal)
		}
	}
}

func TestJudgeGivesReasons(t *testing.T) {
	for name, c := range map[string]struct {
		out  grader.TestOutcome
		want string
	}{
		"unmeasurable":  {cannotTell, "one processor"},
		"not run":       {notRun, "others hung"},
		"race ended it": {racedDead, "not judged: a data race ended the run"},
		"failed":        {wrong, ""},
	} {
		p := newPass()
		r := judge(p, p.Exercise.Criteria[0], outcomes(every(run{"TestA": c.out})))
		assert.Equal(t, c.want, r.Reason, name)
	}
}

func TestJudgeCountsTestsForPartialCredit(t *testing.T) {
	for name, c := range map[string]struct {
		a, b grader.TestOutcome
		want int
	}{
		"both": {ok, ok, 2}, "one failed": {ok, wrong, 1}, "one not run": {notRun, ok, 1}, "one unmeasurable": {ok, cannotTell, 1}, "a race only": {raced, ok, 2}, "none": {wrong, wrong, 0},
	} {
		p := newPass()
		r := judge(p, p.Exercise.Criteria[0], outcomes(every(nil), every(run{"TestA": c.a, "TestB": c.b})))
		if name == "one not run" {
			r = judge(p, p.Exercise.Criteria[0], outcomes(every(run{"TestA": c.a, "TestB": c.b})))
		}
		assert.Equal(t, c.want, r.TestsPassed, name)
	}
}

func TestFindingsAreCompleted(t *testing.T) {
	p := newPass()
	at := grader.Position{File: "sub/semaphore.go", Line: 3}
	own := grader.TestOutcome{Status: grader.TestFailed, Findings: []grader.Finding{{Cause: grader.CausePanic, Message: "boom", Pos: at, Test: "TestB"}}}
	r := judge(p, p.Exercise.Criteria[0], outcomes(run{"TestB": own}))
	require.Len(t, r.Findings, 2)
	missing, panicked := r.Findings[0], r.Findings[1]
	assert.Equal(t, grader.CauseCrash, missing.Cause)
	assert.Equal(t, "TestA", missing.Test)
	assert.Equal(t, "this test gave no result", missing.Message)
	assert.Equal(t, grader.Position{File: inSub, Line: 16, Func: "Semaphore.Acquire"}, missing.Pos, "what the test is about")
	assert.Equal(t, "rule of TestA", missing.Rule)
	assert.Equal(t, at, panicked.Pos, "a place that is known stays")
	assert.Equal(t, "rule of TestB", panicked.Rule)
}

// TestFindingsGoToTheirCriterion: races and leaks stand under their own check, first.
func TestFindingsGoToTheirCriterion(t *testing.T) {
	p := newPass()
	outs := outcomes(every(run{"TestA": failing(grader.CauseRace, grader.CauseAssertion), "TestB": leaky, "TestHammer": wrong}))
	causes := func(i int) (list []grader.Cause) {
		for _, f := range judge(p, p.Exercise.Criteria[i], outs).Findings {
			list = append(list, f.Cause)
		}
		return list
	}
	assert.Equal(t, []grader.Cause{grader.CauseAssertion}, causes(0))
	assert.Equal(t, []grader.Cause{grader.CauseRace, grader.CauseAssertion}, causes(1))
	assert.Equal(t, []grader.Cause{grader.CauseLeak}, causes(2))
}

func TestDistinct(t *testing.T) {
	at := func(line int) grader.Position { return grader.Position{File: "s.go", Line: line} }
	f := func(c grader.Cause, test, msg string, line int) grader.Finding {
		return grader.Finding{Cause: c, Test: test, Message: msg, Pos: at(line)}
	}
	for name, c := range map[string]struct {
		in   []grader.Finding
		want int
	}{
		"none":                              {nil, 0},
		"the same thrice":                   {[]grader.Finding{f(grader.CausePanic, "A", "m", 1), f(grader.CausePanic, "A", "m", 1), f(grader.CausePanic, "A", "m", 1)}, 1},
		"the same from two tests":           {[]grader.Finding{f(grader.CausePanic, "A", "m", 1), f(grader.CausePanic, "B", "m", 1)}, 1},
		"another line":                      {[]grader.Finding{f(grader.CausePanic, "A", "m", 1), f(grader.CausePanic, "A", "m", 2)}, 2},
		"another cause":                     {[]grader.Finding{f(grader.CausePanic, "A", "m", 1), f(grader.CauseLeak, "A", "m", 1)}, 2},
		"one test, two values":              {[]grader.Finding{f(grader.CauseAssertion, "A", "got 3", 1), f(grader.CauseAssertion, "A", "got 4", 1)}, 1},
		"two tests, two values":             {[]grader.Finding{f(grader.CauseAssertion, "A", "got 3", 1), f(grader.CauseAssertion, "B", "got 4", 1)}, 2},
		"one race, seen differently":        {[]grader.Finding{f(grader.CauseRace, "A", "read", 1), f(grader.CauseRace, "B", "write", 1)}, 1},
		"two races":                         {[]grader.Finding{f(grader.CauseRace, "A", "read", 1), f(grader.CauseRace, "A", "read", 2)}, 2},
		"the order of the first ones stays": {[]grader.Finding{f(grader.CauseRace, "A", "x", 2), f(grader.CauseRace, "A", "x", 1), f(grader.CauseRace, "A", "x", 2)}, 2},
	} {
		out := distinct(c.in)
		assert.Len(t, out, c.want, name)
		if len(out) > 0 {
			assert.Equal(t, c.in[0], out[0], name)
		}
	}
}

func TestLocate(t *testing.T) {
	p := newPass()
	for about, line := range map[string]int{
		"New": 14, "Semaphore": 8, "List": 10, "Pair": 11, "ErrFull": 5, "ErrEmpty": 5, "Acquire": 26,
		"Semaphore.Acquire": 16, "Semaphore.Release": 18, "List.Push": 20, "Pair.Swap": 22,
	} {
		f := locate(p, grader.TestCase{About: about}, grader.Finding{})
		assert.Equal(t, grader.Position{File: inSub, Line: line, Func: about}, f.Pos, about)
	}
	for _, about := range []string{"", "Nobody", "Semaphore.Nobody", "List.Acquire", "New.Acquire", "Push", ".", "Semaphore."} {
		f := locate(p, grader.TestCase{About: about}, grader.Finding{})
		assert.False(t, f.Pos.IsValid(), "%q", about)
	}
	known := grader.Position{File: "s.go", Line: 1}
	assert.Equal(t, known, locate(p, grader.TestCase{About: "New"}, grader.Finding{Pos: known}).Pos)
}
