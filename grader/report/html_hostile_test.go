package report_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/report"
	"github.com/weft-course/weft/grader/timeline"
)

func parse(t *testing.T, page string) *html.Node {
	t.Helper()
	n, err := html.Parse(strings.NewReader(page))
	require.NoError(t, err)
	return n
}

// elements visits every element below n.
func elements(n *html.Node, visit func(*html.Node)) {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode {
			visit(c)
		}
	}
}

// words is the text of a page with single spaces between its words.
func words(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode && c.Parent.Data != "style" {
			b.WriteString(c.Data + " ")
		}
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// made lists the elements that the templates make, with their attributes.
var made = map[string]string{
	"html": "lang", "head": "", "body": "", "main": "", "meta": "charset http-equiv content name", "link": "rel href", "title": "id", "style": "",
	"h1": "", "h2": "id", "h3": "", "h4": "id", "h5": "id", "p": "class", "strong": "", "code": "class", "span": "class aria-hidden", "a": "href",
	"nav": "aria-label", "section": "class id aria-labelledby", "article": "class id aria-labelledby", "ol": "class", "li": "",
	"div": "class tabindex role aria-label", "table": "class", "caption": "", "thead": "", "tbody": "", "tfoot": "", "tr": "", "th": "scope class", "td": "class",
	"figure": "class id", "figcaption": "class", "pre": "class tabindex role aria-label", "mark": "class", "details": "class", "summary": "",
	"dl": "class", "dt": "", "dd": "", "svg": "class role aria-labelledby width height viewBox", "desc": "id", "line": "class x1 y1 x2 y2",
	"rect": "class x y width height rx", "circle": "class cx cy r", "text": "class x y dy", "tspan": "class",
}

var inPage = regexp.MustCompile(`^#r\d+(-(c\d+|stop|warnings)(-f\d+-story)?)?$`)

// checkPage asserts what holds for every page, whatever it shows: nothing but
// what the templates make, nothing loaded, no broken reference, headings in order.
func checkPage(t *testing.T, name, page string) {
	t.Helper()
	assert.True(t, grader.Clean(page) == page, "%s: control characters", name)
	root := parse(t, page)
	ids := map[string]int{}
	level := 0
	elements(root, func(n *html.Node) {
		allowed, known := made[n.Data]
		if !known {
			t.Errorf("%s: element %s", name, n.Data)
		}
		for _, a := range n.Attr {
			if !slices.Contains(strings.Fields(allowed), a.Key) {
				t.Errorf("%s: %s of %s", name, a.Key, n.Data)
			}
			if a.Key == "id" {
				ids[a.Val]++
			}
		}
		if href := attr(n, "href"); href != "" {
			assert.True(t, href == "data:," || n.Data == "a" && inPage.MatchString(href), "%s: link to %s", name, href)
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && n.Data[1] >= '1' && n.Data[1] <= '6' {
			next := int(n.Data[1] - '0')
			assert.LessOrEqual(t, next, level+1, "%s: heading %s after h%d", name, n.Data, level)
			level = next
		}
		named(t, name, n)
	})
	for id, n := range ids {
		if n != 1 {
			t.Errorf("%s: %d elements are called %s", name, n, id)
		}
	}
	elements(root, func(n *html.Node) {
		for _, id := range append(strings.Fields(attr(n, "aria-labelledby")), strings.TrimPrefix(attr(n, "href"), "#")) {
			if id != "" && id != "data:," && ids[id] != 1 {
				t.Errorf("%s: nothing is called %s", name, id)
			}
		}
	})
	checkPolicy(t, name, root)
}

// named asserts that what needs a name for people who do not see it has one.
func named(t *testing.T, name string, n *html.Node) {
	t.Helper()
	switch n.Data {
	case "html":
		assert.Equal(t, "en", attr(n, "lang"), name)
	case "svg":
		assert.Equal(t, "img", attr(n, "role"), name)
		assert.Len(t, strings.Fields(attr(n, "aria-labelledby")), 2, name)
	case "table":
		assert.Equal(t, "caption", n.FirstChild.Data, name)
	case "th":
		assert.NotEmpty(t, attr(n, "scope"), name)
	}
	if attr(n, "tabindex") != "" {
		assert.NotEmpty(t, attr(n, "aria-label"), "%s: %s", name, n.Data)
		assert.Equal(t, "group", attr(n, "role"), "%s: %s", name, n.Data)
	}
}

// checkPolicy asserts that the page forbids scripts and the network, and that
// its own style sheet is the one that it allows.
func checkPolicy(t *testing.T, name string, root *html.Node) {
	t.Helper()
	var policy, style string
	elements(root, func(n *html.Node) {
		if attr(n, "http-equiv") == "Content-Security-Policy" {
			policy = attr(n, "content")
		}
		if n.Data == "style" {
			style += n.FirstChild.Data
		}
	})
	hash := sha256.Sum256([]byte(style))
	assert.Contains(t, policy, "default-src 'none'", name)
	assert.Contains(t, policy, "style-src 'sha256-"+base64.StdEncoding.EncodeToString(hash[:])+"'", name)
	assert.NotContains(t, policy, "script-src", name)
	for _, loads := range []string{"url(", "@import", "http:", "https:", "//"} {
		assert.NotContains(t, style, loads, name)
	}
}

// attacks are texts that try to leave the place where they are shown.
var attacks = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title><script>alert(1)</script>`, `</style><script>alert(1)</script>`,
	`</svg><script>alert(1)</script>`, `<!--`, `]]><script>`, `</code></pre><iframe src="https://example.com">`, `javascript:alert(1)`, `{{.Style}}`, `</desc></title><foreignObject>`,
	"\u202egnp.exe\u2066", "\x00\x1b[2J\x07\u200b", "::error file=x::y\n::set-env::z", "##[command]", "\xff\xfe", `&lt;b&gt;&#x202e;`, "<plaintext>", `<a href="https://example.com">`,
	strings.Repeat("a", 100_000), strings.Repeat("界", 5_000), "=HYPERLINK(1)",
}

// poisoned has the text in every field that a submission could reach, and in
// those that it could not.
func poisoned(s string) *grader.Report {
	r := threeMistakes()
	r.Exercise.Slug, r.Exercise.Title, r.Exercise.Version, r.Exercise.Hash = s, s, s, s
	r.Submission.ID, r.Submission.Dir, r.Submission.Commit, r.Submission.Hash = s, s, s, s
	r.Grader = grader.GraderInfo{Version: s, Go: s, OS: s, Arch: s, EffectiveCPUs: 2, Confinement: []string{s, s}}
	r.Error = s
	f := grader.Finding{
		Cause: grader.CauseRace, Test: s, Message: s, Rule: s, Got: s + " ", Want: s, Help: s, Evidence: s, Seed: 33, Pos: grader.Position{File: s, Line: 1, Func: s},
		Notes: []grader.Note{{Pos: grader.Position{File: s, Line: 2, Func: s}, Text: s, Command: s}},
	}
	asserted := f
	asserted.Cause, asserted.Seed = grader.CauseAssertion, 34
	r.Findings, r.Warnings = []grader.Finding{f}, []grader.Finding{f, asserted}
	for i := range r.Checks {
		c := &r.Checks[i]
		c.ID, c.Name, c.Hint, c.Message, c.Findings = s, s, s, s, []grader.Finding{f, asserted}
	}
	r.Checks[4].Findings[0].Cause = grader.Cause(s)
	r.Measures[0].Test = s
	return r
}

func TestHTMLIsSafe(t *testing.T) {
	for i, s := range attacks {
		line := &timeline.Timeline{
			Lanes: []timeline.Lane{{Goroutine: 1, Name: s}, {Goroutine: 2, Name: s}},
			Rows:  []timeline.Row{{Text: s, Line: 3, Own: true}, {Lane: 1, Note: "waits for " + s, Text: s, Other: 1, Mark: true}},
		}
		o := report.Options{
			Verbose: true, Source: func(string) []byte { return []byte(s + "\n" + s + "\n") },
			Story: func(*grader.Report, grader.Finding) (report.Story, bool) {
				return report.Story{Timeline: line, Missing: s}, true
			},
		}
		for _, status := range []grader.Status{grader.Status(s), grader.StatusRefused} {
			r := poisoned(s)
			r.Status = status
			page := render(t, "html", o, r, unbuilt())
			checkPage(t, fmt.Sprintf("attack %d, %.10s", i, status), page)
			assert.Less(t, len(page), 1_500_000)
		}
	}
}

// TestHTMLShowsAttacksAsText: what is escaped is not lost either.
func TestHTMLShowsAttacksAsText(t *testing.T) {
	text := words(parse(t, render(t, "html", report.Options{}, poisoned(attacks[0]))))
	assert.GreaterOrEqual(t, strings.Count(text, attacks[0]), 10)
}

func TestHTMLIsBounded(t *testing.T) {
	r := threeMistakes()
	f := r.Checks[0].Findings[0]
	f.Evidence = strings.Repeat("e", 100_000)
	r.Checks[0].Findings = slices.Repeat([]grader.Finding{f}, 10_000)
	f.Notes = slices.Repeat(f.Notes, 10_000)
	r.Warnings = slices.Repeat([]grader.Finding{f}, 10_000)
	r.Checks = slices.Concat(r.Checks, slices.Repeat(r.Checks[:1], 10_000))
	o := htmlOptions(t)
	o.Verbose = true
	page := render(t, "html", o, r)
	checkPage(t, "many", page)
	assert.Less(t, len(page), 6_000_000)
	text := words(parse(t, page))
	assert.Contains(t, text, "9980 more are not shown here")
	assert.Contains(t, text, "9805 more that are not shown")
}

func TestHTMLTimelineIsBounded(t *testing.T) {
	line := &timeline.Timeline{}
	for i := range 9_000 {
		line.Lanes = append(line.Lanes, timeline.Lane{Goroutine: i + 1, Name: "the test"})
		line.Rows = append(line.Rows, timeline.Row{Lane: i, Text: "x", Line: i + 1, Own: true, Mark: i == 8_000})
	}
	o := htmlOptions(t)
	o.Story = func(*grader.Report, grader.Finding) (report.Story, bool) { return report.Story{Timeline: line}, true }
	page := render(t, "html", o, threeMistakes())
	checkPage(t, "many goroutines", page)
	assert.Less(t, len(page), 200_000)
	assert.Contains(t, words(parse(t, page)), "of 9000 steps and 12 of 9000 goroutines")
}

var variable = regexp.MustCompile(`--([a-z]+): (#[0-9a-f]{6});`)

// themes returns the colours of each theme, by name: light, dark and print.
func themes(t *testing.T) []map[string]string {
	t.Helper()
	var style string
	elements(parse(t, render(t, "html", report.Options{})), func(n *html.Node) {
		if n.Data == "style" {
			style = n.FirstChild.Data
		}
	})
	var all []map[string]string
	for _, block := range strings.Split(style, ":root {")[1:] {
		colours := map[string]string{}
		block, _, _ = strings.Cut(block, "}")
		for _, m := range variable.FindAllStringSubmatch(block, -1) {
			colours[m[1]] = m[2]
		}
		all = append(all, colours)
	}
	return all
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(t *testing.T, colour string) (sum float64) {
	t.Helper()
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		require.NoError(t, err, colour)
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestHTMLContrast: text has a contrast of 4.5 or more on everything that it
// may stand on, as WCAG AA demands, in each theme. The drawings use the same colours.
func TestHTMLContrast(t *testing.T) {
	assert.InDelta(t, 21, contrast(t, "#000000", "#ffffff"), 0.01)
	all := themes(t)
	require.Len(t, all, 3)
	for i, theme := range all {
		for _, text := range []string{"ink", "dim", "accent", "good", "bad", "warn"} {
			for _, ground := range []string{"paper", "panel", "marked"} {
				require.NotEmpty(t, theme[text], "%d: %s", i, text)
				require.NotEmpty(t, theme[ground], "%d: %s", i, ground)
				assert.GreaterOrEqual(t, contrast(t, theme[text], theme[ground]), 4.5, "theme %d: %s on %s", i, text, ground)
			}
		}
	}
}
