package report_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/gradetest"
	"github.com/weft-course/weft/grader/report"
	"github.com/weft-course/weft/grader/stage"
	"github.com/weft-course/weft/grader/timeline"
)

// htmlSource is the file that positions of the HTML reports' findings are in.
func htmlSource(t *testing.T) []byte {
	t.Helper()
	code, err := os.ReadFile(filepath.Join("..", "timeline", "testdata", "semaphore.go.txt"))
	require.NoError(t, err)
	return code
}

// recorded is the timeline of a schedule of that file, recorded once.
func recorded(t *testing.T) *timeline.Timeline {
	t.Helper()
	trace, err := os.ReadFile(filepath.Join("..", "timeline", "testdata", "acquire.trace"))
	require.NoError(t, err)
	src := timeline.Source{Prefix: grader.ModulePath + "/solutions/05-semaphore/", Files: map[string][]byte{"semaphore.go": htmlSource(t)}}
	return timeline.New(timeline.Parse(trace), src, timeline.Frame{File: "semaphore.go", Line: 53}, false)
}

func htmlOptions(t *testing.T) report.Options {
	code, line := htmlSource(t), recorded(t)
	return report.Options{
		Source: func(name string) []byte {
			if filepath.Base(name) == "semaphore.go" {
				return code
			}
			return nil
		},
		Story: func(_ *grader.Report, f grader.Finding) (report.Story, bool) {
			return report.Story{Timeline: line, Reduced: true, Yields: 2}, f.Seed == 33
		},
	}
}

// threeMistakes has a race, a deadlock in a schedule, and no speed-up.
func threeMistakes() *grader.Report {
	r := full()
	r.Checks[0].Runs, r.Checks[0].Failures, r.Checks[0].Schedules = 301, 1, 300
	stuck := grader.Finding{
		Cause: grader.CauseDeadlock, Test: "TestReleaseMeetsAcquire", Pos: at(53, "Semaphore.Acquire"), Seed: 33,
		Message: "Every goroutine waits: goroutine 2 waits at semaphore.go:53 for a permit that was given back before it asked.",
		Rule:    "An Acquire that begins while another goroutine releases gets the permit, in whatever order their steps happen.",
		Notes: []grader.Note{
			{Text: "The permit is given back here.", Pos: at(97, "Semaphore.Release")},
			{Text: "it happens every time in schedule 33; step by step:", Command: "grade replay ./05-semaphore TestReleaseMeetsAcquire/33-ed3a37"},
		},
		Help: "Look and wait under one lock, without letting go of it between.",
	}
	again := stuck
	again.Message, again.Notes = "The permit is lost.", nil
	r.Checks[0].Kind, r.Checks[0].Message, r.Checks[0].Location, r.Checks[0].Findings = stuck.Cause, stuck.Message, &stuck.Pos, []grader.Finding{stuck, again}
	raced := grader.Finding{
		Cause: grader.CauseRace, Test: "TestHammer", Pos: at(95, "Semaphore.Release"),
		Message: "Two goroutines use the same memory with nothing that orders them: one writes it at semaphore.go:95 (Semaphore.Release) while another reads it at semaphore.go:132 (Semaphore.InUse).",
		Notes:   []grader.Note{{Text: "Another goroutine reads it here.", Pos: at(132, "Semaphore.InUse")}, {Text: "The lock is taken here.", Pos: at(90, "")}},
		Help:    "Guard every access to this memory with the same lock, or hand the value over through a channel.", Evidence: "WARNING: DATA RACE\nWrite at 0x00c000014098 by goroutine 7:",
	}
	r.Checks[2].Location, r.Checks[2].Findings = &raced.Pos, []grader.Finding{raced}
	slow := grader.Finding{
		Cause: grader.CauseSerial, Test: "TestLimitSpeed", Pos: at(151, "Limit"),
		Message: "4 workers made the work 1.02 times as fast; a known-good run on this machine got 3.86 just now, and 2.89 would pass", Help: "Look for a lock that is held while work is done.",
	}
	last := &r.Checks[4]
	last.Verdict, last.Kind, last.Runs, last.Failures, last.Message, last.Location, last.Findings = grader.Failed, slow.Cause, 1, 1, slow.Message, &slow.Pos, []grader.Finding{slow}
	r.Score, r.Unmeasurable, r.Measures = 25, 0, []grader.Measure{speedup(4, 40.8, 10.57, 40.0)}
	return r
}

func speedup(workers int, serial, known, student float64) grader.Measure {
	return grader.Measure{Test: "TestLimitSpeed", Name: "speedup", Values: map[string]float64{
		"workers": float64(workers), "rounds": 20, "quiet_rounds": 20, "serial_ms": serial, "known_good_ms": known, "student_ms": student,
		"known_good": serial / known, "student": serial / student, "efficiency": known / student,
	}}
}

func unbuilt() *grader.Report {
	r := refused()
	r.Status = grader.StatusBuildFailed
	for i := range r.Checks {
		r.Checks[i].Message = "not judged: the submission does not build"
	}
	r.Findings = []grader.Finding{
		{Cause: grader.CauseBuild, Pos: at(42, ""), Message: "undefined: held"},
		{Cause: grader.CauseBuild, Pos: at(26, "New"), Message: "New has the wrong parameters", Got: "func(n int64) *Semaphore", Want: "func(n int) *Semaphore", Help: "Give it the parameters that the stub has."},
	}
	return r
}

func allPassed() *grader.Report {
	r := passed()
	last := &r.Checks[len(r.Checks)-1]
	last.Verdict, last.Points, last.Message = grader.Passed, last.MaxPoints, ""
	r.Score, r.Unmeasurable, r.Measures = 100, 0, []grader.Measure{speedup(4, 40.8, 10.57, 11.2)}
	r.Grader.Confinement = []string{"no-new-privileges", "rlimits", "landlock", "seccomp"}
	return r
}

func unmeasurable() *grader.Report {
	r := passed()
	r.Measures = []grader.Measure{speedup(2, 16.4, 14.9, 15.2)}
	r.Checks[len(r.Checks)-1].Message = "a known-good parallel run was at best 1.1 times as fast as a serial one just now, and not steadily; the machine is busy or gives too few processors"
	return r
}

func TestHTML(t *testing.T) {
	o := htmlOptions(t)
	for name, rs := range map[string][]*grader.Report{
		"passed": {allPassed()}, "failed": {threeMistakes()}, "build-failed": {unbuilt()}, "refused": {refused()}, "unmeasurable": {unmeasurable()},
		"two": {threeMistakes(), allPassed()},
	} {
		page := render(t, "html", o, rs...)
		golden(t, filepath.Join("html", name+".html"), page)
		checkPage(t, name, page)
	}
}

// TestHTMLSaysWhatTheReportSays looks for what a reader needs, whatever the page looks like.
func TestHTMLSaysWhatTheReportSays(t *testing.T) {
	text := words(parse(t, render(t, "html", htmlOptions(t), threeMistakes())))
	for _, want := range []string{
		"05-semaphore Semaphore", "25 of 100 points", "./05-semaphore", "Seed 7", "go1.26.0 linux/amd64", "Processors 1.5", "c0ffee",
		"✗ failed", "✓ passed", "– not judged", "in schedule 33", `counts once "permits" holds`, "An Acquire that begins while another goroutine releases",
		"the finding: 95 s.held--", "note 1: 132 return s.held", "note 2: 90 s.mu.Lock()", "What to do: Look and wait under one lock",
		"grade replay ./05-semaphore TestReleaseMeetsAcquire/33-ed3a37", "Reduced to the 2 switches that it takes to fail.", "goroutine 2",
		"The timeline of this schedule stands with another finding", "Acquire passes lock by value", "What this means: data race",
		"2.89 what would pass", "1.02 your code", "3.86 a known-good run", "4.00 ideal", "40.8 ms", "Next: One lock.",
	} {
		assert.True(t, strings.Contains(text, want), want)
	}
	assert.NotContains(t, text, "DATA RACE", "evidence is for --verbose")
	o := htmlOptions(t)
	o.Verbose = true
	assert.Contains(t, words(parse(t, render(t, "html", o, threeMistakes()))), "WARNING: DATA RACE")
}

func TestHTMLOfUnmeasurablePoints(t *testing.T) {
	text := words(parse(t, render(t, "html", htmlOptions(t), unmeasurable())))
	assert.Contains(t, text, "costs nothing: a known-good parallel run was at best 1.1 times")
	assert.Contains(t, text, "? not measurable here")
	assert.Contains(t, text, "15 not measurable here")
	assert.Contains(t, text, "got 1.10 at the same moment: less than 1.50, so this machine could not tell.")
	assert.NotContains(t, text, "would pass")
	for _, s := range stage.All() {
		if s.Name == grader.StageSpeedup {
			assert.Contains(t, s.Doc, "less than 1.5 times as fast as a serial run", "the report's tellingSpeedup must be the same")
		}
	}
}

func TestHTMLWithoutAnything(t *testing.T) {
	for name, r := range map[string]*grader.Report{
		"zero":  {},
		"error": {Status: grader.StatusError, Error: "no space left on device", Submission: grader.SubmissionInfo{ID: "a", Dir: "./a"}},
		"early": {Status: grader.StatusTimeout, Checks: []grader.CheckReport{{Name: "c", Verdict: grader.Errored}, {Name: "d"}}},
	} {
		page := render(t, "html", report.Options{}, r)
		checkPage(t, name, page)
		assert.Contains(t, words(parse(t, page)), "0 of 0 points", name)
	}
	assert.Contains(t, words(parse(t, render(t, "html", report.Options{}, &grader.Report{Status: grader.StatusError, Error: "no space left"}))), "no space left")
	checkPage(t, "none", render(t, "html", report.Options{}))
}

func TestHTMLStoryThatIsMissing(t *testing.T) {
	o := htmlOptions(t)
	o.Story = func(*grader.Report, grader.Finding) (report.Story, bool) {
		return report.Story{Missing: "the schedule did not fail again"}, true
	}
	page := render(t, "html", o, threeMistakes())
	assert.Contains(t, words(parse(t, page)), "There is no timeline: the schedule did not fail again")
	assert.NotContains(t, page, `<svg class="tl"`)
}

// TestHTMLExcerpts: lines beyond a file are not looked for, and a gap is seen.
func TestHTMLExcerpts(t *testing.T) {
	r := threeMistakes()
	f := &r.Checks[2].Findings[0]
	f.Pos.Line = 1
	f.Notes = []grader.Note{{Text: "end", Pos: at(176, "")}, {Text: "beyond", Pos: at(99_999, "")}, {Text: "elsewhere", Pos: grader.Position{File: "/etc/passwd", Line: 1}}, {Text: "the same", Pos: at(1, "")}}
	text := words(parse(t, render(t, "html", htmlOptions(t), r)))
	assert.Contains(t, text, "the finding, note 4: 1 // Package semaphore")
	assert.Contains(t, text, "⋮")
	assert.Contains(t, text, "beyond ./05-semaphore/semaphore.go:99999")
	assert.NotContains(t, text, "Excerpt of /etc/passwd")
}

// TestHTMLDrawsWhatWouldPass keeps the page's number and the helper's in step.
func TestHTMLDrawsWhatWouldPass(t *testing.T) {
	r := allPassed()
	r.Measures = []grader.Measure{speedup(8, 800, 100, 200)}
	require.InDelta(t, 0.75, gradetest.MinEfficiency, 0, "the report's passingShare must be the same")
	assert.Contains(t, words(parse(t, render(t, "html", report.Options{}, r))), "8.00 at the same moment, and 6.00 would pass")
}

func TestHTMLLeavesOutMeasuresThatCannotBeDrawn(t *testing.T) {
	r := allPassed()
	r.Measures = []grader.Measure{speedup(0, 1, 1, 1), speedup(4, 1, 0, 1), speedup(1e6, 1, 1, 1), {Name: "speedup"}, {Name: "waiting", Values: map[string]float64{"share": 1}}}
	assert.NotContains(t, render(t, "html", report.Options{}, r), "Speed-up")
	for range 100 {
		r.Measures = append(r.Measures, speedup(4, 40, 10, 11))
	}
	assert.Equal(t, 8, strings.Count(render(t, "html", report.Options{}, r), `<svg class="bars"`))
}
