package report_test

import (
	"encoding/csv"
	"encoding/json"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	gfm "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/weft-course/weft/grader"
)

// The readers here know a format as its own readers do, and nothing of ours.
// Each returns what the format says of the criteria, in order.
var readers = map[string]func(t testing.TB, reports []*grader.Report, out string) (got []string, want []string){
	"junit": readJUnit, "markdown": readMarkdown, "github": readGitHub, "gradescope": readGradescope,
	"classroom50": readClassroom50, "check50": readCheck50, "csv": readCSV,
}

// assertVerdicts reads a format back and compares it with the reports.
func assertVerdicts(t testing.TB, format string, reports []*grader.Report, out string) {
	t.Helper()
	got, want := readers[format](t, reports, out)
	assert.Equal(t, want, got, format)
}

// verdictWords translates verdicts; a verdict that is not there says nothing.
func verdictWords(reports []*grader.Report, stopped string, word map[grader.Verdict]string) (list []string) {
	for _, r := range reports {
		if r.Status != grader.StatusGraded && stopped != "" {
			list = append(list, stopped)
		}
		for _, c := range r.Checks {
			if w, ok := word[c.Verdict]; ok {
				list = append(list, w)
			}
		}
	}
	return list
}

// readMarkdown parses as GitHub does, and takes the first column of tables of
// criteria. Nothing in a report is a link, an image or HTML.
func readMarkdown(t testing.TB, reports []*grader.Report, out string) (got, want []string) {
	src := []byte(out)
	doc := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(src))
	require.NoError(t, ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link, *ast.Image, *ast.AutoLink, *ast.RawHTML, *ast.HTMLBlock, *gfm.Strikethrough, *gfm.TaskCheckBox, *ast.Blockquote, *ast.ThematicBreak:
			t.Errorf("%s in %q", n.Kind(), out)
		case *ast.List:
			assert.NotEqual(t, ast.KindListItem, n.Parent().Kind(), "a list in a list: %q", out)
		case *ast.FencedCodeBlock:
			assert.Equal(t, "text", string(n.Language(src)), "a code block that is not ours: %q", out)
		case *gfm.TableRow:
			if header := plain(n.Parent().FirstChild(), src); header[0] == "verdict" {
				cells := plain(n, src)
				require.Len(t, cells, 4)
				got = append(got, cells[0])
			}
		}
		return ast.WalkContinue, nil
	}))
	return got, verdictWords(reports, "", map[grader.Verdict]string{
		grader.Passed: "passed", grader.Failed: "failed", grader.Skipped: "not judged", grader.Unmeasurable: "not measurable", grader.Errored: "grader error",
	})
}

// plain is the text of each child.
func plain(n ast.Node, src []byte) (list []string) {
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		var b strings.Builder
		_ = ast.Walk(c, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			switch n := n.(type) {
			case *ast.Text:
				if entering {
					b.Write(n.Segment.Value(src))
				}
			case *ast.String:
				if entering {
					b.Write(n.Value)
				}
			}
			return ast.WalkContinue, nil
		})
		list = append(list, b.String())
	}
	return list
}

// command is what the runner reads from a line.
type command struct {
	name, data string
	properties map[string]string
}

// commands reads a log as actions/runner does (ActionCommand.TryParseV2,
// ActionCommandManager): leading blanks do not count, and nothing is a command
// between stop-commands and its token.
func commands(log string) (list []command, stopped int) {
	token := ""
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(log), "\n") {
		if token != "" {
			stopped++
		}
		line, ok := strings.CutPrefix(strings.TrimSpace(line), "::")
		head, data, closed := strings.Cut(line, "::")
		if !ok || !closed {
			continue
		}
		name, rest, _ := strings.Cut(head, " ")
		switch {
		case token != "":
			if name == token {
				token = ""
			}
			continue
		case name == "stop-commands":
			token = data
			continue
		}
		c := command{name: name, data: unescape.Replace(data), properties: map[string]string{}}
		for p := range strings.SplitSeq(rest, ",") {
			if k, v, ok := strings.Cut(p, "="); ok {
				c.properties[k] = unescapeProperty.Replace(v)
			}
		}
		list = append(list, c)
	}
	return list, stopped
}

var (
	unescape         = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%25", "%")
	unescapeProperty = strings.NewReplacer("%0D", "\r", "%0A", "\n", "%3A", ":", "%2C", ",", "%25", "%")
)

// readGitHub says which levels each criterion that needs one has.
func readGitHub(t testing.TB, reports []*grader.Report, out string) (got, want []string) {
	list, stopped := commands(out)
	assert.Greater(t, stopped, len(reports), "the text is outside stop-commands")
	counts := map[string]int{}
	for _, c := range list {
		assert.Contains(t, []string{"error", "warning", "notice"}, c.name)
		assert.LessOrEqual(t, len(c.data), 4096)
		assert.NotEmpty(t, c.data)
		assert.NotEmpty(t, c.properties["title"])
		if file, ok := c.properties["file"]; ok {
			assert.True(t, filepath.IsLocal(file), file)
		}
		counts[c.name]++
	}
	for _, level := range []string{"error", "warning", "notice"} {
		assert.LessOrEqual(t, counts[level], 10)
	}
	expected := wantLevels(reports)
	for _, level := range []string{"error", "warning", "notice"} {
		if counts[level] > 0 {
			got = append(got, level)
		}
		if expected[level] {
			want = append(want, level)
		}
	}
	return got, want
}

func wantLevels(reports []*grader.Report) map[string]bool {
	want := map[string]bool{}
	for _, r := range reports {
		want["error"] = want["error"] || r.Status != grader.StatusGraded
		want["warning"] = want["warning"] || len(r.Warnings) > 0
		for _, c := range r.Checks {
			switch c.Verdict {
			case grader.Failed:
				want["error"] = true
			case grader.Errored:
				want["warning"] = true
			case grader.Unmeasurable:
				want["notice"] = true
			case grader.Skipped: // only where nothing failed
				want["notice"] = want["notice"] || r.Status == grader.StatusGraded && !want["error"]
			}
		}
	}
	return want
}

var schemas = sync.OnceValue(func() map[string]*jsonschema.Schema {
	all := map[string]*jsonschema.Schema{}
	for _, name := range []string{"gradescope", "classroom50", "check50"} {
		all[name] = jsonschema.NewCompiler().MustCompile(filepath.Join("testdata", "schemas", name+".schema.json"))
	}
	return all
})

// valid decodes a document and validates it against the format's schema.
func valid(t testing.TB, format, out string) map[string]any {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(out))
	require.NoError(t, err, out)
	require.NoError(t, schemas()[format].Validate(doc), out)
	return object(t, out)
}

func object(t testing.TB, out string) (m map[string]any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(out), &m))
	return m
}

func readGradescope(t testing.TB, reports []*grader.Report, out string) (got, want []string) {
	m := valid(t, "gradescope", out)
	sum := 0.0
	for _, test := range m["tests"].([]any) {
		test := test.(map[string]any)
		status, _ := test["status"].(string)
		got = append(got, status)
		points, _ := test["score"].(float64)
		sum += points
	}
	if anyBroken(reports) {
		assert.NotContains(t, m, "score")
		assert.Zero(t, sum)
	} else {
		assert.Equal(t, m["score"], sum)
	}
	return got, verdictWords(reports, "", map[grader.Verdict]string{grader.Passed: "passed", grader.Failed: "failed", grader.Skipped: "failed", grader.Unmeasurable: "", grader.Errored: ""})
}

func readClassroom50(t testing.TB, reports []*grader.Report, out string) (got, want []string) {
	m := valid(t, "classroom50", out)
	score, most := 0.0, 0.0
	for _, test := range m["tests"].([]any) {
		test := test.(map[string]any)
		got = append(got, map[bool]string{true: "passed", false: "failed"}[test["passed"].(bool)])
		score += test["score"].(float64)
		most += test["max-score"].(float64)
	}
	assert.Equal(t, m["score"], score)
	assert.Equal(t, m["max-score"], most)
	return got, verdictWords(reports, "failed", map[grader.Verdict]string{grader.Passed: "passed", grader.Failed: "failed", grader.Skipped: "failed"})
}

func readCheck50(t testing.TB, reports []*grader.Report, out string) (got, want []string) {
	docs := []string{out}
	if len(reports) > 1 {
		docs = strings.Split(strings.TrimSpace(out), "\n")
	}
	require.Len(t, docs, len(reports))
	for _, doc := range docs {
		m := valid(t, "check50", doc)
		if e, ok := m["error"].(map[string]any); ok {
			got = append(got, e["type"].(string))
		}
		results, _ := m["results"].([]any)
		for _, r := range results {
			got = append(got, map[any]string{true: "passed", false: "failed", nil: "null"}[r.(map[string]any)["passed"]])
		}
	}
	for _, r := range reports {
		stopped := "failed"
		if r.Status == grader.StatusError {
			stopped = "GraderError"
		}
		want = append(want, verdictWords([]*grader.Report{r}, stopped, map[grader.Verdict]string{
			grader.Passed: "passed", grader.Failed: "failed", grader.Skipped: "null", grader.Unmeasurable: "null", grader.Errored: "null",
		})...)
	}
	return got, want
}

func readCSV(t testing.TB, reports []*grader.Report, out string) (got, want []string) {
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	require.NoError(t, err)
	column := map[string]int{}
	for i, name := range rows[0] {
		column[name] = i
	}
	for _, row := range rows[1:] {
		got = append(got, row[column["verdict"]])
		for _, cell := range row {
			assert.False(t, strings.ContainsAny(cell[:min(1, len(cell))], "=+-@\t\r\n"), "a formula: %q", cell)
		}
	}
	assert.Equal(t, len(rows), strings.Count(out, "\n"), "a row is a line")
	for _, r := range reports {
		if r.Status != grader.StatusGraded {
			want = append(want, "")
		}
		for _, c := range r.Checks {
			want = append(want, string(c.Verdict))
		}
	}
	return got, want
}
