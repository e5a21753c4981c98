package report_test

import (
	"bytes"
	"fmt"
	"html"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/report"
)

var codeTags = regexp.MustCompile(`</?code>`)

// htmlText renders Markdown and resolves what HTML escapes.
func htmlText(t *testing.T, src string) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, goldmark.New(goldmark.WithExtensions(extension.GFM)).Convert([]byte(src), &b))
	return html.UnescapeString(codeTags.ReplaceAllString(b.String(), ""))
}

// many is a report with n criteria that fail in n places each.
func many(n int) *grader.Report {
	r := full()
	wrong := r.Checks[0]
	r.Checks = nil
	for i := range n {
		c := wrong
		c.ID, c.Name, c.Points, c.MaxPoints, c.Findings = fmt.Sprint("c", i), fmt.Sprint("criterion ", i), 0, i, nil
		for j := range n {
			f := wrong.Findings[0]
			f.Message = fmt.Sprintf("mistake %d of criterion %d", j, i)
			c.Findings = append(c.Findings, f)
		}
		r.Checks = append(r.Checks, c)
	}
	return r
}

func TestGitHubShowsTheMostImportantFirst(t *testing.T) {
	list, _ := commands(render(t, "github", fixed(), many(15)))
	var titles []string
	for _, c := range list {
		if c.name == "error" {
			titles = append(titles, c.properties["title"])
			assert.Contains(t, c.data, "mistake 0 of", "the first finding of each comes before any second one")
		}
	}
	want := []string{}
	for i := 14; i > 4; i-- {
		want = append(want, fmt.Sprintf("criterion %d (0/%d)", i, i))
	}
	assert.Equal(t, want, titles)
	files := also(t, "github", fixed(), []*grader.Report{many(15)})
	assert.Contains(t, files["github_step_summary"], "Not annotated: 215 of level error.")
}

func TestGitHubAnnotatesOnce(t *testing.T) {
	list, _ := commands(render(t, "github", fixed(), full()))
	seen := map[string]bool{}
	for _, c := range list {
		key := fmt.Sprint(c)
		assert.False(t, seen[key], key)
		seen[key] = true
	}
	assert.Len(t, list, 4, "two mistakes, go vet, and what could not be measured")
}

// TestGitHubEscapes: what the runner reads is what was written.
func TestGitHubEscapes(t *testing.T) {
	r := full()
	r.Checks[0].Name, r.Checks[0].Findings[0].Rule = "a,line=9::b: 50%2C", "100%25 of it%0A::error::x, y: z"
	list, _ := commands(render(t, "github", fixed(), r))
	require.NotEmpty(t, list)
	assert.Equal(t, "a,line=9::b: 50%2C (5/25)", list[0].properties["title"])
	assert.Equal(t, "3", list[0].properties["line"])
	assert.Equal(t, "100%25 of it%0A::error::x, y: z\ngoroutines inside\ngot 3, want 2", list[0].data)
}

func TestGitHubPaths(t *testing.T) {
	for _, c := range []struct{ dir, workspace, file, want string }{
		{"/w/course", "/w/course", "./05/a.go", "05/a.go"},
		{"/w/course/sub", "/w/course", "../05/a.go", "05/a.go"},
		{"/w/course", "/w/course", "/w/course/05/a.go", "05/a.go"},
		{"/w/course", "/w/course/", "05//x/../a.go", "05/a.go"},
		{"/w/course", "", "05/a.go", "05/a.go"},
		{"", "", "./05/a.go", "05/a.go"},
		{"/w/course", "/w/course", "../elsewhere/a.go", ""},
		{"/w/course", "/w/course", "/etc/passwd", ""},
	} {
		if filepath.IsAbs(c.file) != strings.HasPrefix(c.file, "/") {
			continue // on Windows these are no absolute paths
		}
		r := full()
		r.Checks[0].Findings[0].Pos.File = c.file
		o := fixed()
		o.Dir, o.Env = c.dir, func(string) string { return c.workspace }
		list, _ := commands(render(t, "github", o, r))
		require.NotEmpty(t, list)
		assert.Equal(t, c.want, list[0].properties["file"], c.file)
		if c.want == "" {
			assert.Contains(t, list[0].data, c.file, "the place is told in words")
			assert.NotContains(t, list[0].properties, "line")
		} else {
			assert.Equal(t, "3", list[0].properties["line"])
		}
	}
}

func TestGitHubCutsLongMessages(t *testing.T) {
	r := full()
	r.Checks[0].Findings[0].Message = strings.Repeat("長%\n", 3000)
	list, _ := commands(render(t, "github", fixed(), r))
	assert.LessOrEqual(t, len(list[0].data), 4096)
	assert.True(t, strings.HasSuffix(list[0].data, "…"))
	assert.NotContains(t, list[0].data, "\uFFFD", "cut between characters")
}

// TestSummaryIsCutAtARow: never longer than GitHub takes, and still well-formed.
func TestSummaryIsCutAtARow(t *testing.T) {
	r := many(40)
	long := strings.Repeat("x", 2000)
	for i := range r.Checks {
		for j := range r.Checks[i].Findings {
			r.Checks[i].Findings[j].Got = long
		}
	}
	o := fixed()
	o.Verbose = true
	s := also(t, "github", o, []*grader.Report{r})["github_step_summary"]
	assert.LessOrEqual(t, len(s), 1<<20)
	assert.Greater(t, len(s), 1<<20-10_000, "cut too early")
	assertVerdicts(t, "markdown", []*grader.Report{r}, s)
	assert.Regexp(t, `The summary ends here: \d+ more lines or blocks do not fit into it\. The whole is in the log\.\n$`, s)
	assert.Zero(t, strings.Count(s, "\n```")%2, "an open code block")
}

func TestGitHubTokensAreRandom(t *testing.T) {
	o := fixed()
	o.Token = nil
	first, second := render(t, "github", o, full()), render(t, "github", o, full())
	assert.NotEqual(t, first, second)
	line, _, _ := strings.Cut(first, "\n")
	token, ok := strings.CutPrefix(line, "::stop-commands::")
	assert.True(t, ok)
	assert.GreaterOrEqual(t, len(token), 26)
	assert.Equal(t, 1, strings.Count(first, "\n::"+token+"::\n"))
	outputs := fileCommands(t, also(t, "github", o, []*grader.Report{everything()})["github_output"])
	assert.Equal(t, map[string]string{"score": "100", "max_score": "100", "passed": "true", "result": "/home/runner/work/course/result.json"}, outputs)
}

func TestGitHubHoldsTheText(t *testing.T) {
	f, err := report.Find("github")
	require.NoError(t, err)
	assert.Equal(t, report.All()[0].Name, f.Holds)
	assert.Contains(t, render(t, "github", fixed(), full()), render(t, "text", fixed(), full()))
}
