package batch

import (
	"bytes"
	"encoding/csv"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, strings.ReplaceAll(string(want), "\r\n", "\n"), strings.ReplaceAll(got, "\r\n", "\n"), name)
}

// change rewrites one result.
func change(t *testing.T, dir, id, slug string, f func(*grader.Report)) {
	t.Helper()
	_, r, err := load(dir, id, slug)
	require.NoError(t, err)
	f(r)
	text, err := encode(r)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, id, slug+".json"), text, 0o644))
}

func copyOf(t *testing.T, dir string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	require.NoError(t, os.CopyFS(to, os.DirFS(dir)))
	return to
}

func TestDamagedResultsAreNamed(t *testing.T) {
	c := newClass(t)
	c.put("alice/24-latch/latch.go", "package latch")
	c.run()
	file := filepath.Join(c.out, "alice", "24-latch.json")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	for want, spoilt := range map[string]string{
		"is damaged":              string(text[:40]),
		"its schema is":           strings.Replace(string(text), "weft/result/v1", "weft/result/v9", 1),
		`is the result of "eve"`:  strings.Replace(string(text), `"id": "alice"`, `"id": "eve"`, 1),
		`about the exercise "25-`: strings.Replace(string(text), `"slug": "24-latch"`, `"slug": "25-gate"`, 1),
	} {
		require.NoError(t, os.WriteFile(file, []byte(spoilt), 0o644))
		for _, err := range []error{second(NewGradebook(c.out, Terms{})), second(Diff(c.out, c.out)), second(Merge(t.TempDir(), []string{c.out}))} {
			var input *InputError
			require.ErrorAs(t, err, &input, want)
			assert.Contains(t, err.Error(), want)
			assert.Contains(t, err.Error(), file)
		}
	}
	_, err = NewGradebook(t.TempDir(), Terms{})
	assert.ErrorContains(t, err, "holds no results")
	_, err = NewGradebook(filepath.Join(c.out, "nowhere"), Terms{})
	assert.ErrorContains(t, err, "cannot read the results")
}

func second[T any](_ T, err error) error { return err }

// graded is a class of four whose names are hostile, with results.
func graded(t *testing.T) (c class, terms Terms) {
	c = newClass(t)
	c.put("a/24-latch/latch.go", "package latch")
	c.put("b/24-latch/latch.go", "package latch // no leak")
	c.put("b/25-gate/gate.go", "package gate // no opens, no leak")
	c.put("c.zip", "x")
	c.put("roster.csv", `id,name,path,email,submitted_at,due
alice,"=HYPERLINK(""http://x"")",a,a@x.org,2026-11-23T18:00:00Z,
bob,<script>alert(1)</script>,b,+49,2026-11-25T10:00:00Z,
carol,"O'Brien, ""Carol""",c.zip,,2026-11-23T18:00:00Z,
dave,@dave,a,,2026-11-25T10:00:00Z,2026-12-01T00:00:00Z
erin,-1,b,,,
`)
	roster := filepath.Join(c.from, "roster.csv")
	c.run(func(o *Options) { o.From = roster })
	list, err := ReadRoster(roster)
	require.NoError(t, err)
	late, err := ParseLate("10%/day", "50%", 15*time.Minute)
	require.NoError(t, err)
	due := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	return c, Terms{Roster: append(list, Student{ID: "frank", Name: "Frank"}), Late: late, Due: map[string]time.Time{"": due, "25-gate": due.Add(24 * time.Hour)}}
}

func TestCSV(t *testing.T) {
	c, terms := graded(t)
	book, err := NewGradebook(c.out, terms)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, book.WriteCSV(&b))
	golden(t, "gradebook.csv", b.String())
	assert.Equal(t, strings.Count(b.String(), "\n"), strings.Count(b.String(), "\r\n"), "RFC 4180 ends lines with CR LF")
	rows, err := csv.NewReader(&b).ReadAll()
	require.NoError(t, err)
	assert.Len(t, rows, 7)
	for _, row := range rows {
		for _, cell := range row {
			assert.False(t, cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r"), "%q is a formula", cell)
		}
	}
	assert.Equal(t, []string{"erin has no time of submission and loses nothing"}, book.Remarks)
	assert.Equal(t, 48_00, book.Rows[1].Cells[0].Total, "two days have begun: 80 % of 60 points")
	assert.Zero(t, book.Rows[3].Cells[0].Late, "an extension")
}

func TestDefuse(t *testing.T) {
	for in, want := range map[string]string{
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(1)": "'@SUM(1)", "\t=1": "'\t=1", "\r=1": "'\ufffd=1",
		"plain": "plain", "": "", "a=b": "a=b", "\x1b[2J": "\ufffd[2J",
	} {
		assert.Equal(t, want, defuse(in), "%q", in)
	}
}

func TestHTML(t *testing.T) {
	c, terms := graded(t)
	book, err := NewGradebook(c.out, terms)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, book.WriteHTML(&b))
	page := b.String()
	golden(t, "gradebook.html", page)
	assert.NotContains(t, page, "<script>alert")
	assert.Equal(t, 1, strings.Count(page, "<script"))
	for _, bad := range []string{"src=", "href=", "@import", "url(", "ZgotmplZ"} {
		assert.NotContains(t, page, bad, "it needs no network")
	}
	book.Links = map[string]string{book.Rows[0].ID: "reports/a b.html", book.Rows[1].ID: "javascript:alert(1)"}
	b.Reset()
	require.NoError(t, book.WriteHTML(&b))
	assert.Contains(t, b.String(), `<a href="reports/a%20b.html">`+book.Rows[0].ID+`</a>`)
	assert.NotContains(t, b.String(), "javascript:", "a link leads to a page, whatever it says")
	_, rest, _ := strings.Cut(page, "<script>")
	script, _, _ := strings.Cut(rest, "</script>")
	assert.Contains(t, strings.ReplaceAll(page, "&#43;", "+"), integrity(script), "the policy lets the page's own script run")
	_, rest, _ = strings.Cut(page, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	assert.Contains(t, strings.ReplaceAll(page, "&#43;", "+"), integrity(style), "and its own style apply")
}

func TestItemAnalysis(t *testing.T) {
	g := &Gradebook{Columns: []Column{{Slug: "24-latch", Max: 100, Checks: []Check{{"good", "", 50}, {"noise", "", 30}, {"same", "", 20}}}}}
	for i := range 40 {
		mark := func(ok bool, n int) Mark {
			if ok {
				return Mark{grader.Passed, n}
			}
			return Mark{grader.Failed, 0}
		}
		cell := &Cell{Status: grader.StatusGraded, Max: 100, Checks: map[string]Mark{"good": mark(i < 20, 50), "noise": mark(i < 18 || i == 30, 30), "same": mark(true, 20)}}
		for _, m := range cell.Checks {
			cell.Score += m.Points
		}
		cell.Total = cell.Score * 100
		g.Rows = append(g.Rows, Row{Cells: []*Cell{cell}})
	}
	g.Rows = append(g.Rows, Row{Cells: []*Cell{nil}}, Row{Cells: []*Cell{{Status: grader.StatusBuildFailed, Max: 100, Checks: map[string]Mark{"good": {grader.Skipped, 0}}}}})
	s := g.analyse(0)
	assert.Equal(t, 41, s.Graded)
	assert.Equal(t, 1, s.Missing)
	assert.Equal(t, 40, s.Items[0].Assessed, "who was not judged does not count")
	assert.InDelta(t, 50, s.Items[0].Rate(), 0.001)
	assert.True(t, s.Items[0].Discriminates)
	assert.InDelta(t, 0.851, s.Items[0].Discrimination, 0.001)
	assert.False(t, s.Items[2].Discriminates, "everyone passes it")
	assert.Equal(t, [10]int{1, 0, 20 - 1, 0, 0, 1, 0, 2, 0, 18}, s.Histogram)
	g.Rows = g.Rows[:enough-1]
	assert.False(t, g.analyse(0).Items[0].Discriminates, "too few")
	assert.InDelta(t, 2.5, median([]float64{4, 1, 2, 3}), 0)
}

func TestLate(t *testing.T) {
	due := time.Date(2026, 11, 23, 18, 0, 0, 0, time.FixedZone("CET", 3600))
	for _, c := range []struct {
		rate, most string
		grace      time.Duration
		late       time.Duration
		want       int // points of 100 in hundredths
	}{
		{"10%/day", "", 0, -time.Hour, 100_00},
		{"10%/day", "", 0, 0, 100_00},
		{"10%/day", "", 0, time.Second, 90_00},
		{"10%/day", "", 0, 24 * time.Hour, 90_00},
		{"10%/day", "", 0, 24*time.Hour + 1, 80_00},
		{"10%/day", "", 15 * time.Minute, 15 * time.Minute, 100_00},
		{"10%/day", "", 15 * time.Minute, 15*time.Minute + 1, 90_00},
		{"10%/day", "", 15 * time.Minute, 24*time.Hour + time.Minute, 80_00},
		{"10%/day", "50%", 0, 30 * 24 * time.Hour, 50_00},
		{"10%/day", "", 0, 30 * 24 * time.Hour, 0},
		{"2.5%/hour", "", 0, 90 * time.Minute, 95_00},
		{"100%/week", "", 0, time.Second, 0},
		{"0%/day", "", 0, time.Hour, 100_00},
		{"0.01%/hour", "", 0, 1<<63 - 1, 0},
		{"", "", 0, time.Hour, 100_00},
	} {
		l, err := ParseLate(c.rate, c.most, c.grace)
		require.NoError(t, err)
		submitted := due.UTC().Add(c.late)
		assert.Equal(t, c.want, after(100, l.Deduction(due, submitted)), "%+v", c)
	}
	assert.Equal(t, 63_75, after(75, 15_00))
	assert.Equal(t, 33_00, after(33, 1), "32.9967 is 33.00")
	assert.Equal(t, "63.75", points(63_75))
	assert.Equal(t, "90", points(90_00))
	for _, bad := range [][2]string{{"10/day", ""}, {"10%", ""}, {"10%/month", ""}, {"-1%/day", ""}, {"101%/day", ""}, {"NaN%/day", ""}, {"x%/day", ""}, {"10%/day", "50"}, {"10%/day", "120%"}, {"", "50%"}} {
		_, err := ParseLate(bad[0], bad[1], 0)
		var input *InputError
		assert.ErrorAs(t, err, &input, "%v", bad)
	}
	_, err := ParseLate("10%/day", "", -1)
	assert.Error(t, err)
}

func TestRosterErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "EOF",
		"name\nx\n":                             "has no column id",
		"id,id\na,b\n":                          "two columns are called id",
		"id\na\nA\n":                            ":3: the id A is that of line 2",
		"id,name\n,x\n":                         ":2: the id is empty",
		"id\n../x\n":                            ":2: the id ../x cannot name a folder",
		"id\nCON\n":                             "cannot name a folder on every system",
		"id,submitted_at\na,2026-11-23 18:00\n": "no time with an offset",
		"id,due\na,2026-11-23T18:00:00\n":       "no time with an offset",
		"id,name\na\n":                          "wrong number of fields",
		"id,name\na,\"b\n":                      "extraneous or missing",
	} {
		file := filepath.Join(t.TempDir(), "r.csv")
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		_, err := ReadRoster(file)
		var input *InputError
		require.ErrorAs(t, err, &input, "%q", text)
		assert.Contains(t, err.Error(), want)
		assert.Contains(t, err.Error(), file)
	}
	file := filepath.Join(t.TempDir(), "r.csv")
	require.NoError(t, os.WriteFile(file, []byte("ID;Name\na;x\n"), 0o644))
	list, err := ReadRoster(file)
	require.NoError(t, err)
	assert.Equal(t, []Student{{ID: "a", Name: "x"}}, list)
}

func TestGradebookRefusesWhatContradicts(t *testing.T) {
	c, terms := graded(t)
	terms.Due["26-none"] = time.Now()
	_, err := NewGradebook(c.out, terms)
	assert.ErrorContains(t, err, `--due names "26-none"`)
	delete(terms.Due, "26-none")
	other := terms.Roster[0].SubmittedAt.Add(-time.Hour)
	terms.Roster[0].SubmittedAt = &other
	_, err = NewGradebook(c.out, terms)
	assert.ErrorContains(t, err, "alice handed in at")
	book, err := NewGradebook(c.out, Terms{Roster: terms.Roster[1:]})
	require.NoError(t, err)
	assert.Contains(t, book.Remarks, "alice is not in the roster")
}

func TestABrokenGradingHasNoTotal(t *testing.T) {
	c, _ := graded(t)
	change(t, c.out, "alice", "24-latch", func(r *grader.Report) { r.Status, r.Score, r.Checks = grader.StatusError, 0, nil })
	book, err := NewGradebook(c.out, Terms{})
	require.NoError(t, err)
	assert.True(t, book.Rows[0].Incomplete)
	row := book.line(book.Rows[0])
	assert.Equal(t, "", row[len(row)-1])
	assert.Contains(t, book.Remarks[0], "run grade batch again")
}

func TestDiff(t *testing.T) {
	c, _ := graded(t)
	moves, err := Diff(c.out, c.out)
	require.NoError(t, err)
	assert.Empty(t, moves)
	now := copyOf(t, c.out)
	change(t, now, "alice", "24-latch", func(r *grader.Report) {
		r.Score, r.Checks[1].Points, r.Checks[1].Verdict = 60, 0, grader.Failed
	})
	change(t, now, "bob", "24-latch", func(r *grader.Report) {
		r.Submission.Hash, r.Exercise.Hash, r.Grader.Version, r.Grader.EffectiveCPUs = "x", "y", "v2", 8
		r.Checks[0].ID, r.Score = "::error::renamed", 70
	})
	change(t, now, "bob", "25-gate", func(r *grader.Report) { r.Status = grader.StatusBuildFailed })
	change(t, now, "dave", "24-latch", func(r *grader.Report) { r.ElapsedMS, r.Grader.Version = 99, "v2" })
	require.NoError(t, os.Remove(filepath.Join(now, "erin", "25-gate.json")))
	moves, err = Diff(c.out, now)
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, WriteDiff(&b, moves))
	golden(t, "diff.txt", b.String())
	back, err := Diff(now, c.out)
	require.NoError(t, err)
	assert.Len(t, back, len(moves))
}

// TestSafeID: fit for every system, and different names stay different.
func TestSafeID(t *testing.T) {
	want := map[string]string{
		"alice": "alice", "s-17.b": "s-17.b", "Ål Élan": "Ål Élan", "张三": "张三",
		"caf\xe9": "caf%E9", "a/b": "a%2Fb", "a%2Fb": "a%252Fb", ".git": "%2Egit", "x.": "x%2E", "x ": "x%20", "_weft": "%5Fweft", "NUL": "%4EUL",
		"com1.txt": "%63om1.txt", "a\x1bb": "a%1Bb", "a\u202eb": "a%E2%80%AEb", "..": "%2E%2E",
	}
	for name, id := range want {
		assert.Equal(t, id, safeID(name), "%q", name)
		assert.True(t, fs.ValidPath(id), id)
	}
	ids := map[string]bool{}
	for id := range maps.Values(want) {
		ids[id] = true
	}
	assert.Len(t, ids, len(want))
	long := strings.Repeat("é", 300)
	assert.LessOrEqual(t, len(safeID(long)), maxID)
	assert.NotEqual(t, safeID(long), safeID(long+"x"))
	assert.True(t, utf8.ValidString(safeID(long)), "not cut within a letter")
}
