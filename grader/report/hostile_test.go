package report_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/report"
)

// hostile are texts that a submission might bring about somewhere.
var hostile = []string{
	"::error file=x,line=1::owned", "\u00a0::error::blank before", "x\n::set-output name=score::100\n", "x\r::stop-commands::y\r", "##[error]old", "::unguessable1::",
	"100%25%0A::error::x", "a,line=1,title=b:c::d", "\x1b[31mred\x1b[0m\x1b]0;title\a", "\x00\x01\x08\x0b\x0c\x0e\x1f\x7f\u0080\ufffe\uffff", "\xff\xfe\xc3", "\u202egnp.exe\u2066",
	"]]>", "<![CDATA[x]]>", "&amp;&#0;&lt;", "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<!-- -->", "</testcase></testsuite>", "</details>",
	"[x](javascript:alert(1))", "![x](http://evil.example/x.png)", "<http://evil.example>", "https://evil.example/ http://a.b", "www.evil.example WWW.EVIL.EXAMPLE", "mail me@evil.example @octocat @@x", "[^1]: note", "[x]: http://evil.example",
	"| a | b |", `\| a \\| b \\\|`, "a|b|c|d|e", "# head", "> quote", "- item", "1. item", "23) item", "+ item", "* item", "***", "---", "===", "- [ ] task", "~~gone~~", "$x$ $$y$$", "`code` ``more`` ```", "```\ncode\n```", "````", "~~~", "    indented", "\tindented", "a\\", "`", "a`", "\\`@`", "@", "x@", "{{x}}", "${{ secrets.TOKEN }}", "_a_ __b__",
	"=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠1", "\u00a0=1", `"quoted", and, more`, `a"b`, "'x",
	"ghadelimiter_unguessable2", "score<<EOF\n100\nEOF", "../../etc/passwd", "C:\\x\\y", "/etc/passwd", "中文：一个\n错误", strings.Repeat("長", 500), strings.Repeat("`", 300), strings.Repeat("a\n", 100),
}

// spoiled is a report in which every free text is s, positions included.
func spoiled(r *grader.Report, s string) *grader.Report {
	spoil(reflect.ValueOf(r).Elem(), s)
	return r
}

// kept are the fields that are words of ours.
var kept = map[string]bool{"Schema": true, "Status": true, "Verdict": true, "Kind": true, "Cause": true, "Visibility": true}

func spoil(v reflect.Value, s string) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			spoil(v.Elem(), s)
		}
	case reflect.Slice:
		for i := range v.Len() {
			spoil(v.Index(i), s)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && !kept[f.Name] {
				spoil(v.Field(i), s)
			}
		}
	case reflect.String:
		v.SetString(s)
	}
}

// assertHarmless renders spoiled reports in every format and reads them back:
// the verdicts are still those, and nothing of the text has become markup, a
// command, a formula or a control character.
func assertHarmless(t testing.TB, s string) {
	t.Helper()
	if strings.TrimFunc(s, func(r rune) bool { return r <= ' ' || !utf8.ValidRune(r) }) == "" || len(strings.Fields(s)) == 0 {
		return // no name of anything
	}
	for _, make := range []func() *grader.Report{full, notBuilt, errored, broken} {
		reports := []*grader.Report{spoiled(make(), s)}
		for format := range goldenExt {
			if format == "classroom50" && anyBroken(reports) {
				continue
			}
			o := fixed()
			o.Verbose = true
			o.Result = s
			o.Source = func(string) []byte { return []byte(strings.Repeat(s+"\n", 3)) }
			o.Token = nil
			out := rendered(t, format, o, reports)
			assertVerdicts(t, format, reports, out)
			assertClean(t, format, out)
			if format == "github" {
				assertGitHubFiles(t, o, reports, s)
			}
		}
	}
}

func rendered(t testing.TB, format string, o report.Options, reports []*grader.Report) string {
	t.Helper()
	f, err := report.Find(format)
	require.NoError(t, err)
	var b strings.Builder
	require.NoError(t, f.Write(&b, reports, o))
	return b.String()
}

// assertClean: no control characters, and no command but those of the format github.
func assertClean(t testing.TB, format, out string) {
	t.Helper()
	assert.True(t, utf8.ValidString(out))
	for _, r := range out {
		if r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r <= 0x9f || r == '\u202e' || r == '\u2028' {
			t.Fatalf("%s: %q in %q", format, r, out)
		}
	}
	if format != "github" {
		list, stopped := commands(out)
		assert.Empty(t, list, format)
		assert.Zero(t, stopped, format)
		assert.NotContains(t, out, "##[", format)
	}
}

// assertGitHubFiles reads the summary as Markdown and the outputs as the runner
// reads them.
func assertGitHubFiles(t testing.TB, o report.Options, reports []*grader.Report, s string) {
	t.Helper()
	f, err := report.Find("github")
	require.NoError(t, err)
	for _, a := range f.Also(reports, o) {
		if a.Variable == "GITHUB_STEP_SUMMARY" {
			assertVerdicts(t, "markdown", reports, a.Text)
			continue
		}
		got := fileCommands(t, a.Text)
		assert.Equal(t, fmt.Sprint(reports[0].Score), got["score"])
		assert.Equal(t, "false", got["passed"])
		assert.Equal(t, s, got["result"])
		assert.Len(t, got, 4)
	}
}

// fileCommands reads NAME<<DELIMITER, lines, DELIMITER, as the runner does.
func fileCommands(t testing.TB, text string) map[string]string {
	t.Helper()
	values := map[string]string{}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		name, end, ok := strings.Cut(lines[i], "<<")
		require.True(t, ok, "%q", lines[i])
		var value []string
		for i++; lines[i] != end; i++ {
			value = append(value, lines[i])
		}
		values[name] = strings.Join(value, "\n")
	}
	return values
}

// TestHostileText has the texts in the middle of others and several in a row;
// the seeds of FuzzFormats have them alone.
func TestHostileText(t *testing.T) {
	for _, s := range hostile {
		assertHarmless(t, "say "+s+" to all")
	}
	random := rand.New(rand.NewPCG(1, 2))
	any := func() string { return hostile[random.IntN(len(hostile))] }
	for range 30 {
		assertHarmless(t, any()+any()+" "+any())
	}
}

func FuzzFormats(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { assertHarmless(t, s) })
}

// TestMarkdownSaysWhatTheTextSays: escaped, but not changed.
func TestMarkdownSaysWhatTheTextSays(t *testing.T) {
	for _, s := range hostile {
		r := full()
		r.Checks[1].Name = s
		out := render(t, "markdown", fixed(), r)
		want := strings.Join(strings.Fields(grader.Clean(strings.Join(strings.Fields(s), " "))), " ")
		assert.Contains(t, htmlText(t, out), "<td>"+want+"</td>", "%q", s)
	}
}
