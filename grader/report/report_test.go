package report_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/report"
)

var update = flag.Bool("update", false, "write the golden files anew")

const source = `package semaphore

func (s *Semaphore) Acquire() {
	s.held++
	s.wait()
}
`

func at(line int, fn string) grader.Position {
	return grader.Position{File: "./05-semaphore/semaphore.go", Line: line, Func: fn}
}

// full is a report with every verdict and every field in use.
func full() *grader.Report {
	when := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	here := at(4, "Semaphore.Acquire")
	raced := grader.Finding{
		Cause: grader.CauseRace, Test: "TestHammer", Pos: here, Message: "Two goroutines use the same memory.",
		Notes: []grader.Note{{Text: "it is read", Pos: at(5, "")}, {Text: "\x1b[31mred"}}, Help: "Take a lock.", Evidence: "WARNING: DATA RACE",
	}
	wrong := grader.Finding{Cause: grader.CauseAssertion, Test: "TestBound", Pos: at(3, "Semaphore.Acquire"), Rule: "Two are inside at once.", Message: "goroutines inside", Got: "3", Want: "2"}
	return &grader.Report{
		Schema: grader.ResultSchema, Status: grader.StatusGraded, Seed: 7, Score: 25, MaxScore: 100, Unmeasurable: 15, ElapsedMS: 1234,
		Exercise:   grader.ExerciseInfo{Slug: "05-semaphore", Title: "Semaphore", Version: "v1", Hash: "abc"},
		Submission: grader.SubmissionInfo{ID: "s1", Dir: "./05-semaphore", Commit: "c0ffee", SubmittedAt: &when, Hash: "def"},
		Grader:     grader.GraderInfo{Version: "v1", Go: "go1.26.0", OS: "linux", Arch: "amd64", EffectiveCPUs: 1.5},
		Checks: []grader.CheckReport{
			{ID: "permits", Name: "never more holders than permits", Group: "race", Verdict: grader.Failed, Kind: grader.CauseAssertion, Points: 5, MaxPoints: 25, Runs: 3, Failures: 3, Visibility: "visible", Hint: "One lock.", Message: wrong.Message, Location: &wrong.Pos, Findings: []grader.Finding{wrong, wrong}},
			{ID: "fifo", Name: "first come, first served", Group: "race", Verdict: grader.Passed, Points: 20, MaxPoints: 20, Runs: 3, Visibility: "visible"},
			{ID: "race", Name: "no data race", Group: "race", DependsOn: []string{"permits"}, Verdict: grader.Failed, Kind: grader.CauseRace, MaxPoints: 20, Runs: 3, Failures: 1, Visibility: "visible", Location: &here, Findings: []grader.Finding{raced}},
			{ID: "leak", Name: "no goroutine left behind", Group: "race", DependsOn: []string{"permits"}, Verdict: grader.Skipped, MaxPoints: 20, Visibility: "visible", Message: `counts once "permits" holds`},
			{ID: "speedup", Name: "n at a time", Group: "speedup", Verdict: grader.Unmeasurable, MaxPoints: 15, Visibility: "visible", Message: "one core"},
		},
		Warnings: []grader.Finding{{Cause: grader.CauseVet, Pos: at(3, ""), Message: "Acquire passes lock by value"}},
		Measures: []grader.Measure{{Test: "TestSpeed", Name: "speedup", Values: map[string]float64{"efficiency": 0.9}}},
	}
}

func refused() *grader.Report {
	r := full()
	r.Status, r.Score, r.Unmeasurable, r.Warnings, r.Measures = grader.StatusRefused, 0, 0, nil, nil
	r.Findings = []grader.Finding{{Cause: grader.CausePolicy, Pos: at(1, ""), Message: "package os is not needed here, and not allowed", Help: "remove the import"}}
	r.Checks = nil
	for _, c := range full().Checks {
		r.Checks = append(r.Checks, grader.CheckReport{ID: c.ID, Name: c.Name, Group: c.Group, Verdict: grader.Skipped, MaxPoints: c.MaxPoints, Visibility: "visible", Message: "not judged: the submission was refused"})
	}
	return r
}

func passed() *grader.Report {
	r := full()
	r.Warnings = nil
	r.Score = 85
	for i := range r.Checks {
		c := &r.Checks[i]
		c.Verdict, c.Points, c.Findings, c.Location, c.Kind, c.Message = grader.Passed, c.MaxPoints, nil, nil, "", ""
	}
	last := &r.Checks[len(r.Checks)-1]
	last.Verdict, last.Points, last.Message = grader.Unmeasurable, 0, "one core"
	return r
}

func render(t *testing.T, name string, o report.Options, rs ...*grader.Report) string {
	t.Helper()
	f, err := report.Find(name)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, f.Write(&b, rs, o))
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, name)
}

func TestText(t *testing.T) {
	o := report.Options{Source: func(string) []byte { return []byte(source) }}
	golden(t, "failed.txt", render(t, "text", o, full()))
	golden(t, "refused.txt", render(t, "text", o, refused()))
	golden(t, "passed.txt", render(t, "text", o, passed()))
	o.Verbose, o.Color = true, true
	golden(t, "verbose-color.txt", render(t, "text", o, full(), passed()))
}

// TestTextFitsTheTerminal: lines break between words, and a path is not broken.
func TestTextFitsTheTerminal(t *testing.T) {
	r := full()
	r.Checks[0].Runs, r.Checks[0].Failures, r.Checks[0].Schedules, r.Checks[0].Repeats = 4, 1, 33, 30
	f := &r.Checks[0].Findings[0]
	f.Seed, f.Rule = 33, "An Acquire that begins while another goroutine releases gets the permit, in whatever order their steps happen."
	f.Notes = []grader.Note{{Text: "it happens every time in schedule 33, on a quiet machine as on a loaded one; step by step:", Command: "grade replay ./exercises/05-semaphore/in/a/folder/far/down TestReleaseMeetsAcquire/33-ed3a37"}}
	got := render(t, "text", report.Options{Color: true, Width: 60}, r)
	golden(t, "narrow.txt", got)
	assert.Contains(t, got, "in schedule 33")
	for line := range strings.Lines(got) {
		if strings.HasPrefix(line, "      ") && !strings.Contains(line, "/") {
			assert.LessOrEqual(t, ansi.StringWidth(strings.TrimRight(line, "\n")), 60, line)
		}
	}
}

func TestTextWithoutColourHasNoEscapes(t *testing.T) {
	text := render(t, "text", report.Options{Verbose: true, Source: func(string) []byte { return []byte("\x1b[2J\n\x07\n\x9b1m\n\u202e\n") }}, full())
	for _, r := range text {
		assert.False(t, r < ' ' && r != '\n' || r == 0x7f || r == 0x9b || r == 0x202e, "%q", r)
	}
	assert.NotContains(t, text, "\x1b")
}

func TestClean(t *testing.T) {
	assert.Equal(t, "a\tb\nc", grader.Clean("a\tb\nc"))
	assert.Equal(t, "\uFFFD[31mred\uFFFDx 中文", grader.Clean("\x1b[31mred\rx 中文"))
	assert.Equal(t, "\uFFFD", grader.Clean("\xff"))
	assert.Equal(t, "a::b\n  : :error::x\n# #[warning]y", grader.Clean("a::b\n  ::error::x\n##[warning]y"), "no command of a workflow")
	var b strings.Builder
	n, err := fmt.Fprintf(grader.Cleaner(&b), "::stop-commands::x\n")
	assert.NoError(t, err)
	assert.Equal(t, 19, n)
	assert.Equal(t, ": :stop-commands::x\n", b.String())
}

// schema compiles docs/result.schema.json.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	s, err := c.Compile(filepath.Join("..", "..", "docs", "result.schema.json"))
	require.NoError(t, err)
	return s
}

func TestJSONFollowsItsSchema(t *testing.T) {
	s := schema(t)
	for _, r := range []*grader.Report{full(), refused(), passed()} {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(render(t, "json", report.Options{}, r)))
		require.NoError(t, err)
		assert.NoError(t, s.Validate(doc))
	}
}

func TestSchemaRejects(t *testing.T) {
	s := schema(t)
	for name, spoil := range map[string]func(m map[string]any){
		"unknown field":  func(m map[string]any) { m["grade"] = 1 },
		"no status":      func(m map[string]any) { delete(m, "status") },
		"negative score": func(m map[string]any) { m["score"] = -1 },
		"empty verdict":  func(m map[string]any) { m["checks"].([]any)[0].(map[string]any)["verdict"] = "" },
		"line zero": func(m map[string]any) {
			m["checks"].([]any)[0].(map[string]any)["location"].(map[string]any)["line"] = 0
		},
	} {
		var m map[string]any
		require.NoError(t, json.Unmarshal([]byte(render(t, "json", report.Options{}, full())), &m))
		require.NoError(t, s.Validate(m), name)
		spoil(m)
		assert.Error(t, s.Validate(m), name)
	}
}

// TestSchemaKnowsEveryCause keeps the schema's list and the code's in step.
func TestSchemaKnowsEveryCause(t *testing.T) {
	s := schema(t)
	for _, c := range grader.Causes() {
		r := full()
		r.Checks[0].Kind = c.Cause
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(render(t, "json", report.Options{}, r)))
		require.NoError(t, err)
		assert.NoError(t, s.Validate(doc), c.Cause)
	}
}

func TestJSONLines(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(render(t, "json", report.Options{}, full(), passed())), "\n")
	assert.Len(t, lines, 2)
	for _, l := range lines {
		assert.True(t, json.Valid([]byte(l)))
	}
}

func TestFindNamesTheFormats(t *testing.T) {
	_, err := report.Find("yaml")
	assert.ErrorContains(t, err, `"yaml" is none of text, json`)
}
