package verify_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/verify"
)

const slug = "05-semaphore"

const reference = `package semaphore

type Semaphore struct{ free chan struct{} }

func New(n int) *Semaphore {
	s := &Semaphore{free: make(chan struct{}, n)}
	for range n {
		s.free <- struct{}{}
	}
	return s
}
`

// world is a course of one exercise on disk, and what a fake grader says of each submission.
type world struct {
	t    *testing.T
	root string
	ex   *grader.Exercise
	says map[string]func(run int) *grader.Report // by the folder's name, or "stub" and "reference"
	asks atomic.Int32
}

// sound makes a course with nothing to complain about.
func sound(t *testing.T) *world {
	w := &world{t: t, root: t.TempDir(), ex: &grader.Exercise{
		Slug: slug, Title: "Semaphore", Package: "semaphore", Files: []string{"semaphore.go"},
		Criteria: []grader.Criterion{
			{ID: "permits", Title: "permits", Points: 60, Stage: "race", Tests: []grader.TestCase{{Name: "TestVisible"}, {Name: "TestHidden"}}},
			{ID: "timing", Title: "timing", Points: 40, Stage: "timing", After: []string{"permits"}},
		},
		Stub:    map[string][]byte{"semaphore.go": []byte("package semaphore // TODO")},
		Visible: map[string][]byte{"semaphore_test.go": []byte("package semaphore_test\nfunc TestVisible(t *testing.T) {}\n")},
	}}
	w.write("exercises", "README.md", strings.Repeat("lesson ", 100))
	w.write("exercises", "README.zh.md", strings.Repeat("课程", 200))
	w.write("exercises", "semaphore.go", "package semaphore // TODO\n")
	w.write("exercises", "semaphore_test.go", "package semaphore_test\n")
	w.write("solutions", "exercise.json", "{}")
	w.write("solutions", "HINTS.md", "# Hints\n\n## 1\na\n\n## 2\nb\n\n## 3\nc\n")
	w.write("solutions", "semaphore.go", reference)
	w.write("solutions", "main_test.go", "package semaphore_test\n")
	for _, v := range []string{"channel", "condition"} {
		w.write("solutions", "testdata/variants/"+v+"/semaphore.go", reference)
	}
	w.mutant("overbooks", `{"about": "Lets one too many in.", "fails": {"permits": "assertion|panic"}, "may_fail": []}`)
	w.mutant("polls", `{"about": "Polls.", "fails": {"timing": "assertion"}}`)
	always := func(make func() *grader.Report) func(int) *grader.Report {
		return func(int) *grader.Report { return make() }
	}
	stubbed := func() *grader.Report {
		r := graded(grader.Failed, grader.Skipped)
		r.Checks[0].Findings = []grader.Finding{{Cause: grader.CauseAssertion, Test: "TestVisible", Message: "got 0"}}
		return r
	}
	fine := always(func() *grader.Report { return graded(grader.Passed, grader.Passed) })
	w.says = map[string]func(int) *grader.Report{
		"stub": always(stubbed), "reference": fine, "channel": fine, "condition": fine,
		"overbooks": always(func() *grader.Report { return graded(grader.Failed, grader.Skipped) }),
		"polls":     always(func() *grader.Report { return graded(grader.Passed, grader.Failed) }),
	}
	return w
}

func (w *world) path(part, name string) string {
	return filepath.Join(w.root, part, slug, filepath.FromSlash(name))
}

func (w *world) write(part, name, text string) {
	w.t.Helper()
	require.NoError(w.t, os.MkdirAll(filepath.Dir(w.path(part, name)), 0o755))
	require.NoError(w.t, os.WriteFile(w.path(part, name), []byte(text), 0o600))
}

// provide gives the exercise a provided file, and text to its copy beside the reference.
func (w *world) provide(text string) {
	w.ex.Provided = map[string][]byte{"given.go": []byte("package semaphore\n")}
	w.write("exercises", "given.go", "package semaphore\n")
	w.write("solutions", "given.go", text)
}

func (w *world) remove(part, name string) { require.NoError(w.t, os.RemoveAll(w.path(part, name))) }

func (w *world) mutant(name, expectation string) {
	w.write("solutions", "testdata/mutants/"+name+"/semaphore.go", reference)
	w.write("solutions", "testdata/mutants/"+name+"/mutant.json", expectation)
}

// graded is a report with a verdict for each of the two criteria.
func graded(permits, timing grader.Verdict) *grader.Report {
	r := &grader.Report{Status: grader.StatusGraded, MaxScore: 100, ElapsedMS: 10}
	for i, v := range []grader.Verdict{permits, timing} {
		c := grader.CheckReport{ID: []string{"permits", "timing"}[i], Verdict: v}
		if v == grader.Failed {
			c.Kind = grader.CauseAssertion
			c.Findings = []grader.Finding{{Cause: grader.CauseAssertion, Test: "TestHidden", Message: "wrong", Got: "3", Want: "2"}}
		}
		if v == grader.Unmeasurable {
			r.Unmeasurable += 40
		}
		r.Checks = append(r.Checks, c)
	}
	return r
}

// because gives the second failed check another cause.
func because(r *grader.Report, cause grader.Cause) *grader.Report {
	for i := range r.Checks {
		if r.Checks[i].Verdict == grader.Failed {
			r.Checks[i].Kind, r.Checks[i].Findings[0].Cause = cause, cause
		}
	}
	return r
}

func (w *world) grade(_ context.Context, _ *grader.Exercise, dir string, n int) (rs []*grader.Report, err error) {
	w.asks.Add(1)
	name := map[string]string{w.path("exercises", ""): "stub", w.path("solutions", ""): "reference"}[dir]
	if name == "" {
		name = filepath.Base(dir)
	}
	say, known := w.says[name]
	if !known {
		return nil, fmt.Errorf("nobody expected %s", dir)
	}
	for i := range n {
		rs = append(rs, say(i))
	}
	return rs, nil
}

// check runs the course's own check and returns the problems as "what: problem".
func (w *world) check(o verify.Options) (verify.Summary, []verify.Line, []string) {
	w.t.Helper()
	var lines []verify.Line
	var problems []string
	o.Grade = w.grade
	o.Done = func(l verify.Line) {
		lines = append(lines, l)
		for _, p := range l.Problems {
			problems = append(problems, l.What+": "+p)
		}
	}
	sum, err := verify.Exercise(w.t.Context(), w.root, w.ex, o)
	require.NoError(w.t, err)
	slices.Sort(problems)
	assert.Equal(w.t, len(problems), sum.Problems, "problems in the summary")
	return sum, lines, problems
}

func TestASoundExercise(t *testing.T) {
	w := sound(t)
	sum, lines, problems := w.check(verify.Options{Repeat: 3, Jobs: 4})
	assert.Empty(t, problems)
	assert.EqualValues(t, 6, w.asks.Load())
	var whats []string
	for _, l := range lines {
		whats = append(whats, l.What)
		assert.Equal(t, slug, l.Exercise)
		assert.Zero(t, l.Bad)
	}
	assert.ElementsMatch(t, []string{"files", "stub", "reference", "variant channel", "variant condition", "mutant overbooks", "mutant polls"}, whats)
	assert.Equal(t, []int{2, 6, 0}, []int{sum.Mutants, sum.MutantRuns, sum.MutantsMissed})
	assert.Equal(t, []int{3, 9, 0}, []int{sum.Correct, sum.CorrectRuns, sum.CorrectFailed})
	assert.Equal(t, []int64{10, 10}, []int64{sum.MedianMS, sum.MaxMS})
}

// TestEveryRule breaks one thing at a time: exactly that is said, and nothing else.
func TestEveryRule(t *testing.T) {
	says := func(who string, r *grader.Report) func(w *world) {
		return func(w *world) { w.says[who] = func(int) *grader.Report { return r } }
	}
	mutant := func(expectation string) func(w *world) { return func(w *world) { w.mutant("polls", expectation) } }
	with := func(r *grader.Report, f func(r *grader.Report)) *grader.Report { f(r); return r }
	visibly := func(cause grader.Cause) *grader.Report {
		return with(graded(grader.Failed, grader.Skipped), func(r *grader.Report) {
			r.Checks[0].Findings = []grader.Finding{{Cause: cause, Test: "TestVisible", Message: "m"}}
		})
	}
	warned := func(r *grader.Report) *grader.Report {
		r.Warnings = []grader.Finding{{Message: "copies a lock"}}
		return r
	}
	refused := &grader.Report{Status: grader.StatusRefused, Findings: []grader.Finding{{Cause: grader.CausePolicy, Message: "imports os"}}}
	unbuilt := &grader.Report{Status: grader.StatusBuildFailed, Findings: []grader.Finding{{Cause: grader.CauseBuild, Message: "undefined: x"}}}
	lonely := "criterion timing: no mutant is caught by this criterion alone"
	for name, c := range map[string]struct {
		change func(w *world)
		want   []string
	}{
		"stub passes":             {says("stub", graded(grader.Passed, grader.Passed)), []string{"stub: must fail at least one visible test", "stub: passes"}},
		"stub hangs":              {says("stub", visibly(grader.CauseTimeout)), []string{"stub: must fail quietly, but TestVisible: timeout: m"}},
		"stub deadlocks":          {says("stub", visibly(grader.CauseDeadlock)), []string{"stub: must fail quietly, but TestVisible: deadlock: m"}},
		"stub panics":             {says("stub", visibly(grader.CausePanic)), []string{"stub: must fail quietly, but TestVisible: panic: m"}},
		"stub fails hidden only":  {says("stub", graded(grader.Failed, grader.Skipped)), []string{"stub: must fail at least one visible test"}},
		"stub does not build":     {says("stub", unbuilt), []string{"stub: must compile and be graded, but is build_failed (build: undefined: x)"}},
		"stub does not vet":       {says("stub", warned(visibly(grader.CauseAssertion))), []string{"stub: go vet complains: copies a lock"}},
		"reference fails":         {says("reference", graded(grader.Failed, grader.Passed)), []string{"reference: permits is failed (TestHidden: assertion: wrong got 3, want 2)"}},
		"reference is refused":    {says("reference", refused), []string{"reference: is refused (policy: imports os)"}},
		"reference does not vet":  {says("reference", warned(graded(grader.Passed, grader.Passed))), []string{"reference: go vet complains: copies a lock"}},
		"variant fails":           {says("channel", graded(grader.Passed, grader.Failed)), []string{"variant channel: timing is failed (TestHidden: assertion: wrong got 3, want 2)"}},
		"variant is skipped":      {says("channel", graded(grader.Passed, grader.Skipped)), []string{"variant channel: timing is skipped"}},
		"variant is not judged":   {says("channel", graded(grader.Passed, "")), []string{"variant channel: timing is "}},
		"one variant":             {func(w *world) { w.remove("solutions", "testdata/variants/channel") }, []string{"files: 1 variants; at least 2 other correct designs show that the tests do not demand one"}},
		"provided, another one":   {func(w *world) { w.provide("package semaphore // other\n") }, []string{"files: solutions/05-semaphore/given.go must be the same file as exercises/05-semaphore/given.go, which is provided"}},
		"provided, the same":      {func(w *world) { w.provide("package semaphore\n") }, nil},
		"unmeasurable is no flaw": {says("reference", graded(grader.Passed, grader.Unmeasurable)), nil},

		"mutant missed":            {says("polls", graded(grader.Passed, grader.Passed)), []string{lonely, "mutant polls: timing must fail but is passed"}},
		"mutant skipped":           {says("polls", graded(grader.Passed, grader.Skipped)), []string{lonely, "mutant polls: timing must fail but is skipped"}},
		"wrong cause":              {says("polls", because(graded(grader.Passed, grader.Failed), grader.CausePanic)), []string{"mutant polls: timing must fail with cause assertion, not (TestHidden: panic: wrong got 3, want 2)"}},
		"one of two causes":        {says("overbooks", because(graded(grader.Failed, grader.Skipped), grader.CausePanic)), nil},
		"unexpected criterion":     {says("polls", graded(grader.Failed, grader.Failed)), []string{lonely, "mutant polls: permits must not fail, but does (TestHidden: assertion: wrong got 3, want 2)"}},
		"mutant cannot be judged":  {says("polls", graded(grader.Passed, grader.Unmeasurable)), nil},
		"mutant does not build":    {says("polls", unbuilt), []string{lonely, "mutant polls: is build_failed (build: undefined: x)"}},
		"report lacks a criterion": {says("polls", with(graded(grader.Passed, grader.Failed), func(r *grader.Report) { r.Checks = r.Checks[:1] })), []string{lonely, "mutant polls: timing must fail but was not judged"}},
		"may fail": {func(w *world) {
			w.mutant("both", `{"about": "x", "fails": {"permits": "assertion"}, "may_fail": ["timing"]}`)
			w.says["both"] = func(i int) *grader.Report {
				return graded(grader.Failed, []grader.Verdict{grader.Failed, grader.Skipped}[i%2])
			}
		}, nil},
		"not judged, as what it depends on fails as it may": {func(w *world) {
			w.mutant("both", `{"about": "x", "fails": {"timing": "assertion"}, "may_fail": ["permits"]}`)
			w.says["both"] = func(i int) *grader.Report { return graded(grader.Failed, grader.Skipped) }
		}, nil},
		"not judged, as what it depends on fails as it must": {func(w *world) {
			w.mutant("both", `{"about": "x", "fails": {"permits": "assertion", "timing": "assertion"}}`)
			w.says["both"] = func(i int) *grader.Report { return graded(grader.Failed, grader.Skipped) }
		}, nil},
		"not run, as other tests hung": {func(w *world) {
			w.mutant("hangs", `{"about": "x", "fails": {"permits": "timeout"}, "may_fail": ["timing"]}`)
			w.says["hangs"] = func(i int) *grader.Report {
				return because(graded(grader.Skipped, grader.Failed), grader.CauseTimeout)
			}
		}, nil},
		"not run, though nothing hung": {func(w *world) {
			w.mutant("hangs", `{"about": "x", "fails": {"permits": "timeout"}, "may_fail": ["timing"]}`)
			w.says["hangs"] = func(i int) *grader.Report { return graded(grader.Skipped, grader.Failed) }
		}, []string{"mutant hangs: permits must fail but is skipped"}},
		"not judged, as what it depends on fails, which it may not": {func(w *world) {
			w.mutant("both", `{"about": "x", "fails": {"timing": "assertion"}}`)
			w.says["both"] = func(i int) *grader.Report { return graded(grader.Failed, grader.Skipped) }
		}, []string{"mutant both: permits must not fail, but does (TestHidden: assertion: wrong got 3, want 2)", "mutant both: timing must fail but is skipped"}},
		"no mutant of its own": {func(w *world) { w.remove("solutions", "testdata/mutants/polls") }, []string{lonely}},
		"may_fail is not alone": {func(w *world) {
			w.mutant("polls", `{"about": "x", "fails": {"timing": "assertion"}, "may_fail": ["permits"]}`)
			w.says["polls"] = func(int) *grader.Report { return graded(grader.Failed, grader.Failed) }
		}, []string{lonely}},
		"may_fail is not alone either": {func(w *world) {
			w.mutant("overbooks", `{"about": "x", "fails": {"permits": "assertion"}, "may_fail": ["timing"]}`)
			w.says["overbooks"] = func(int) *grader.Report { return graded(grader.Failed, grader.Failed) }
		}, []string{"criterion permits: no mutant is caught by this criterion alone"}},
		"must be refused, and is": {func(w *world) {
			w.mutant("imports", `{"about": "x", "status": "refused"}`)
			w.says["imports"] = func(int) *grader.Report { return refused }
		}, nil},
		"must be refused, but passes": {func(w *world) {
			w.mutant("imports", `{"about": "x", "status": "refused"}`)
			w.says["imports"] = func(int) *grader.Report { return graded(grader.Passed, grader.Passed) }
		}, []string{"mutant imports: must be refused, but is graded"}},
		"must be refused, but does not build": {func(w *world) {
			w.mutant("imports", `{"about": "x", "status": "refused"}`)
			w.says["imports"] = func(int) *grader.Report { return unbuilt }
		}, []string{"mutant imports: must be refused, but is build_failed (build: undefined: x)"}},

		"no mutant.json":       {func(w *world) { w.remove("solutions", "testdata/mutants/polls/mutant.json") }, []string{lonely, "files: mutant polls: open mutant.json: no such file"}},
		"mutant.json: no JSON": {mutant("{"), []string{lonely, "files: mutant polls: mutant.json: unexpected EOF"}},
		"mutant.json: unknown field": {mutant(`{"about": "x", "fail": {"timing": "assertion"}}`),
			[]string{lonely, `files: mutant polls: mutant.json: json: unknown field "fail"`}},
		"mutant.json: no about":   {mutant(`{"fails": {"timing": "assertion"}}`), []string{lonely, "files: mutant polls: mutant.json: about is empty: which mistake is it?"}},
		"mutant.json: no fails":   {mutant(`{"about": "x"}`), []string{lonely, "files: mutant polls: mutant.json: fails names no criterion"}},
		"mutant.json: criterion":  {mutant(`{"about": "x", "fails": {"speed": "assertion"}}`), []string{lonely, `files: mutant polls: mutant.json: there is no criterion "speed"`}},
		"mutant.json: cause":      {mutant(`{"about": "x", "fails": {"timing": "assertion|sloth"}}`), []string{lonely, `files: mutant polls: mutant.json: "sloth" is no cause`}},
		"mutant.json: may_fail":   {mutant(`{"about": "x", "fails": {"timing": "assertion"}, "may_fail": ["speed"]}`), []string{lonely, `files: mutant polls: mutant.json: there is no criterion "speed"`}},
		"mutant.json: wrong type": {mutant(`{"about": "x", "fails": ["timing"]}`), []string{lonely, "files: mutant polls: mutant.json: json: cannot unmarshal array into Go struct field Expectation.fails of type map[string]string"}},

		"no lesson":               {func(w *world) { w.remove("exercises", "README.md") }, []string{"files: exercises/05-semaphore/README.md: the lesson is missing or a fragment"}},
		"a fragment of a lesson":  {func(w *world) { w.write("exercises", "README.zh.md", "课程") }, []string{"files: exercises/05-semaphore/README.zh.md: the lesson is missing or a fragment"}},
		"no hints":                {func(w *world) { w.remove("solutions", "HINTS.md") }, []string{"files: HINTS.md: open HINTS.md: no such file"}},
		"two hints":               {func(w *world) { w.write("solutions", "HINTS.md", "## 1\na\n## 2\nb\n") }, []string{"files: HINTS.md: 2 steps; at least three, headed ## 1, ## 2, …"}},
		"an empty hint":           {func(w *world) { w.write("solutions", "HINTS.md", "## 1\na\n## 2\n\n## 3\nc\n") }, []string{"files: HINTS.md: 2 steps; at least three, headed ## 1, ## 2, …"}},
		"a hint for nothing":      {func(w *world) { w.write("solutions", "HINTS.md", "## 1\na\n## 2 (race, prmits)\nb\n## 3\nc\n") }, []string{`files: HINTS.md: hint 2 is for "prmits", which is neither a criterion nor a cause`}},
		"hints are the solution":  {hints(solutionText(6)), []string{`files: HINTS.md prints the solution: "type Semaphore struct{ free chan struct{} }" …`}},
		"hints quote four lines":  {hints(solutionText(4)), nil},
		"a stub without a TODO":   {func(w *world) { w.ex.Stub["semaphore.go"] = []byte("package semaphore") }, []string{"files: the stub has no TODO"}},
		"a stray file":            {func(w *world) { w.write("exercises", "notes.txt", "x") }, []string{"files: exercises/05-semaphore/notes.txt belongs to nothing"}},
		"a stray solution":        {func(w *world) { w.write("solutions", "old.go", "x") }, []string{"files: solutions/05-semaphore/old.go belongs to nothing"}},
		"a folder in the student": {func(w *world) { w.write("exercises", "testdata/x", "x") }, []string{"files: exercises/05-semaphore/testdata belongs to nothing"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := sound(t)
			c.change(w)
			_, _, problems := w.check(verify.Options{Repeat: 2, Jobs: 2})
			for i := range problems { // the folder is another one every time
				for _, dir := range []string{"testdata/mutants/polls", ""} {
					problems[i] = strings.ReplaceAll(problems[i], w.path("solutions", dir)+string(filepath.Separator), "")
				}
				problems[i] = filepath.ToSlash(strings.ReplaceAll(problems[i], absent(), "no such file"))
			}
			assert.Equal(t, c.want, problems)
		})
	}
}

// absent is what this system says of a file that is not there.
func absent() string {
	_, err := os.Open("not there")
	return errors.Unwrap(err).Error()
}

func hints(code string) func(w *world) {
	return func(w *world) { w.write("solutions", "HINTS.md", "## 1\na\n## 2\nb\n## 3\nWrite this:\n\n"+code) }
}

// solutionText is n lines of the reference after its package clause, written differently.
func solutionText(n int) string {
	var lines []string
	for line := range strings.Lines(reference) {
		if line = strings.TrimSpace(line); line != "" && len(lines) <= n {
			lines = append(lines, "\t// as follows\n      "+line)
		}
	}
	return strings.Join(lines[1:], "\n\n") + "\n"
}

// TestOneBadRunOfMany is counted, and said once.
// TestShortTakesOneMutantACriterion: the one that fails nothing else.
func TestShortTakesOneMutantACriterion(t *testing.T) {
	w := sound(t)
	w.mutant("another", `{"about": "x", "fails": {"timing": "assertion"}, "may_fail": ["permits"]}`)
	w.mutant("two", `{"about": "x", "fails": {"timing": "assertion", "permits": "assertion"}}`)
	sum, lines, problems := w.check(verify.Options{Short: true})
	assert.Empty(t, problems)
	assert.Equal(t, 2, sum.Mutants)
	assert.Equal(t, 3, sum.Correct, "reference and variants, all of them")
	var said []string
	for _, l := range lines {
		said = append(said, l.What)
	}
	assert.Contains(t, said, "mutant polls")
	assert.NotContains(t, said, "mutant another")
}

func TestOneBadRunOfMany(t *testing.T) {
	w := sound(t)
	w.says["polls"] = func(i int) *grader.Report {
		return graded(grader.Passed, []grader.Verdict{grader.Failed, grader.Passed, grader.Failed, grader.Passed}[i])
	}
	w.says["channel"] = func(i int) *grader.Report {
		return graded(grader.Passed, []grader.Verdict{grader.Passed, grader.Passed, grader.Passed, grader.Failed}[i])
	}
	sum, lines, problems := w.check(verify.Options{Repeat: 4})
	assert.Len(t, problems, 2)
	assert.Equal(t, []int{8, 2}, []int{sum.MutantRuns, sum.MutantsMissed})
	assert.Equal(t, []int{12, 1}, []int{sum.CorrectRuns, sum.CorrectFailed})
	for _, l := range lines {
		assert.Equal(t, map[string]int{"mutant polls": 2, "variant channel": 1}[l.What], l.Bad, l.What)
	}
}

func TestUnmeasuredRunsAreCounted(t *testing.T) {
	w := sound(t)
	w.says["reference"] = func(int) *grader.Report { return graded(grader.Passed, grader.Unmeasurable) }
	sum, _, problems := w.check(verify.Options{Repeat: 2})
	assert.Empty(t, problems)
	assert.Equal(t, 2, sum.Unmeasured)
}

func TestNotesSayWhatCaught(t *testing.T) {
	_, lines, _ := sound(t).check(verify.Options{})
	notes := map[string]string{}
	for _, l := range lines {
		notes[l.What] = l.Note
		if l.What != "files" {
			assert.Equal(t, 1, l.Runs, "at least one grading: %s", l.What)
		}
	}
	assert.Equal(t, "0 of 100 points", notes["stub"])
	assert.Equal(t, "caught by permits", notes["mutant overbooks"])
	assert.Equal(t, "caught by timing", notes["mutant polls"])
}

func TestABrokenGraderIsAnError(t *testing.T) {
	w := sound(t)
	broke := errors.New("disk full")
	_, err := verify.Exercise(t.Context(), w.root, w.ex, verify.Options{Jobs: 2, Grade: func(context.Context, *grader.Exercise, string, int) ([]*grader.Report, error) {
		return nil, broke
	}})
	assert.ErrorIs(t, err, broke)
	assert.ErrorContains(t, err, slug+": ")
}

// TestJobs: never more submissions at once than asked for, and Done is not called twice at once.
func TestJobs(t *testing.T) {
	w := sound(t)
	var now, most, talking atomic.Int32
	_, err := verify.Exercise(t.Context(), w.root, w.ex, verify.Options{
		Jobs: 2,
		Grade: func(ctx context.Context, ex *grader.Exercise, dir string, n int) ([]*grader.Report, error) {
			if n := now.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer now.Add(-1)
			return w.grade(ctx, ex, dir, n)
		},
		Done: func(verify.Line) {
			if talking.Add(1) > 1 {
				t.Error("Done was called while another call ran")
			}
			talking.Add(-1)
		},
	})
	require.NoError(t, err)
	assert.LessOrEqual(t, most.Load(), int32(2))
}
