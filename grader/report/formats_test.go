package report_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/report"
)

// goldenExt is the ending of the golden files, by format.
var goldenExt = map[string]string{
	"junit": "xml", "markdown": "md", "github": "log", "gradescope": "gradescope.json", "classroom50": "classroom50.json", "check50": "check50.json", "csv": "csv",
}

// environment is that of a runner of GitHub and of Classroom 50.
var environment = map[string]string{
	"GITHUB_WORKSPACE": "/home/runner/work/course",
	"CLASSROOM":        "go-2026", "ASSIGNMENT": "semaphore", "ASSIGNMENT_TYPE": "individual", "OWNER": "alice", "SUBMISSION_TAG": "submit/2026-11-01T12-00-00Z-c0ffee0",
	"COMMIT_URL": "https://github.com/go-2026/semaphore-alice/commit/c0ffee0", "RELEASE_URL": "https://github.com/go-2026/semaphore-alice/releases/tag/x",
}

// fixed are options in which nothing changes from run to run.
func fixed() report.Options {
	words := 0
	return report.Options{
		Source: func(string) []byte { return []byte(source) },
		Env:    func(name string) string { return environment[name] },
		Dir:    "/home/runner/work/course",
		Now:    time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC),
		Token:  func() string { words++; return fmt.Sprintf("unguessable%d", words) },
		Result: "/home/runner/work/course/result.json",
	}
}

// everything is a report in which each criterion passed.
func everything() *grader.Report {
	r := passed()
	r.Score, r.Unmeasurable = 100, 0
	last := &r.Checks[len(r.Checks)-1]
	last.Verdict, last.Points, last.Message = grader.Passed, last.MaxPoints, ""
	return r
}

func notBuilt() *grader.Report {
	r := refused()
	r.Status = grader.StatusBuildFailed
	r.Findings = []grader.Finding{
		{Cause: grader.CauseBuild, Pos: grader.Position{File: "./05-semaphore/semaphore.go", Line: 4, Col: 7}, Message: "s.held undefined"},
		{Cause: grader.CauseBuild, Pos: at(5, ""), Message: "declared and not used: n", Help: "use it, or remove it"},
	}
	for i := range r.Checks {
		r.Checks[i].Message = "not judged: the submission does not build"
	}
	return r
}

func broken() *grader.Report {
	return &grader.Report{
		Schema: grader.ResultSchema, Status: grader.StatusError, Error: "race: no space left on device", Checks: []grader.CheckReport{},
		Submission: grader.SubmissionInfo{ID: "05-semaphore", Dir: "./05-semaphore"}, Grader: full().Grader,
	}
}

// errored is a report in which the machine failed at one criterion only.
func errored() *grader.Report {
	r := everything()
	c := &r.Checks[1]
	r.Score -= c.Points
	c.Verdict, c.Points, c.Message = grader.Errored, 0, "the process could not be started"
	c.Visibility = "after_published"
	return r
}

// quick is what --quick gives where nothing is wrong.
func quick() *grader.Report {
	r := passed()
	last := &r.Checks[len(r.Checks)-1]
	last.Verdict, last.Message, r.Unmeasurable = grader.Skipped, "not judged", 0
	return r
}

// chinese is what a course in Chinese gives.
func chinese() *grader.Report {
	r := full()
	r.Exercise.Title = "信号量"
	c := &r.Checks[0]
	c.Name, c.Hint, c.Message = "持有者从不多于许可", "用一把锁。", "里面的协程"
	c.Findings = []grader.Finding{{Cause: grader.CauseAssertion, Pos: at(3, "信号量.获取"), Rule: "同时最多两个。", Message: "里面的协程", Got: "三", Want: "二"}}
	return r
}

// other is another exercise, all right.
func other() *grader.Report {
	r := passed()
	r.Exercise = grader.ExerciseInfo{Slug: "06-barrier", Title: "Barrier", Version: "v1", Hash: "fed"}
	r.Submission.Dir = "./06-barrier"
	return r
}

var cases = map[string][]*grader.Report{
	"passed": {everything()}, "failed": {full()}, "unbuilt": {notBuilt()}, "refused": {refused()}, "unmeasurable": {passed()}, "errored": {errored()},
	"broken": {broken()}, "quick": {quick()}, "chinese": {chinese()}, "two": {full(), other()}, "twice": {full(), notBuilt()}, "half-broken": {other(), broken()},
}

// anyBroken reports whether the grader itself failed for one of them.
func anyBroken(rs []*grader.Report) bool {
	for _, r := range rs {
		if r.Status == grader.StatusError {
			return true
		}
	}
	return false
}

func TestFormats(t *testing.T) {
	for format, ext := range goldenExt {
		for name, reports := range cases {
			if format == "classroom50" && anyBroken(reports) {
				continue // see TestClassroom50HasNoResultOfABrokenGrader
			}
			t.Run(format+"/"+name, func(t *testing.T) {
				got := render(t, format, fixed(), reports...)
				golden(t, filepath.Join("formats", name+"."+ext), got)
				assertVerdicts(t, format, reports, got)
				for file, text := range also(t, format, fixed(), reports) {
					golden(t, filepath.Join("formats", name+"."+file), text)
				}
			})
		}
	}
}

// also returns what a format writes into further files, by a name for the golden file.
func also(t *testing.T, format string, o report.Options, reports []*grader.Report) map[string]string {
	t.Helper()
	f, err := report.Find(format)
	require.NoError(t, err)
	files := map[string]string{}
	if f.Also != nil {
		for _, a := range f.Also(reports, o) {
			files[strings.ToLower(a.Variable)] = a.Text
		}
	}
	return files
}

func TestClassroom50HasNoResultOfABrokenGrader(t *testing.T) {
	f, err := report.Find("classroom50")
	require.NoError(t, err)
	var b strings.Builder
	err = f.Write(&b, []*grader.Report{other(), broken()}, fixed())
	assert.ErrorContains(t, err, "no space left on device")
	assert.Empty(t, b.String(), "half a result")
}

func TestClassroom50NamesWhatTheRunnerSets(t *testing.T) {
	f, err := report.Find("classroom50")
	require.NoError(t, err)
	assert.NoError(t, f.Check(fixed()))
	o := fixed()
	o.Env = nil
	assert.ErrorContains(t, f.Check(o), "CLASSROOM, ASSIGNMENT, SUBMISSION_TAG, COMMIT_URL, RELEASE_URL, OWNER")
	o.Env = func(name string) string { return map[string]string{"OWNER": "", "USERNAME": "bob"}[name] }
	assert.NotContains(t, f.Check(o).Error(), "OWNER")
	assert.Error(t, f.Write(&strings.Builder{}, []*grader.Report{full()}, o))
}

// TestPointsOfABrokenGraderAreNotTaken: Gradescope would take a missing point
// for a lost one, so there is no score at all.
func TestPointsOfABrokenGraderAreNotTaken(t *testing.T) {
	for _, reports := range [][]*grader.Report{{broken()}, {other(), broken()}} {
		m := object(t, render(t, "gradescope", fixed(), reports...))
		assert.NotContains(t, m, "score")
		for _, test := range m["tests"].([]any) {
			assert.NotContains(t, test, "score")
			assert.NotContains(t, test, "max_score")
		}
		assert.Contains(t, m["output"], "no space left on device")
	}
}

func TestGradescopeKeepsVisibility(t *testing.T) {
	r := full()
	for i, v := range []string{"hidden", "after_due_date", "after_published", "visible", ""} {
		r.Checks[i].Visibility = v
	}
	m := object(t, render(t, "gradescope", fixed(), r))
	var got []any
	for _, test := range m["tests"].([]any) {
		got = append(got, test.(map[string]any)["visibility"])
	}
	assert.Equal(t, []any{"hidden", "after_due_date", "after_published", "visible", "visible"}, got)
	assert.Equal(t, "hidden", m["stdout_visibility"])
	assert.Equal(t, 1.234, m["execution_time"])
}

func TestTheSameExerciseTwiceIsToldApart(t *testing.T) {
	again := full()
	again.Submission.Dir = "./bob/05-semaphore"
	names := map[string]bool{}
	m := object(t, render(t, "gradescope", fixed(), full(), again))
	for _, test := range m["tests"].([]any) {
		names[test.(map[string]any)["name"].(string)] = true
	}
	assert.Len(t, names, 10)
}

func TestFindingsBeyondTheTenthAreCounted(t *testing.T) {
	r := full()
	c := &r.Checks[0]
	for i := range 30 {
		f := c.Findings[0]
		f.Message = fmt.Sprintf("mistake %d", i)
		c.Findings = append(c.Findings, f)
	}
	for _, format := range []string{"junit", "markdown", "gradescope"} {
		text := render(t, format, fixed(), r)
		assert.Contains(t, text, "… and 22 more", format)
		o := fixed()
		o.Verbose = true
		assert.Contains(t, render(t, format, o, r), "mistake 29", format)
	}
}
