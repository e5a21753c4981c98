package timeline_test

import (
	"encoding/xml"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader/timeline"
)

func svg(t *testing.T, v timeline.View) string {
	t.Helper()
	var out strings.Builder
	require.NoError(t, v.SVG(&out, "x1", "Schedule 33"))
	return out.String()
}

// svgNode is an element of a drawing.
type svgNode struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Nodes   []svgNode  `xml:",any"`
}

func (n svgNode) attr(key string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == key {
			return a.Value
		}
	}
	return ""
}

func (n svgNode) number(t *testing.T, key string) int {
	t.Helper()
	v, err := strconv.Atoi(n.attr(key))
	require.NoError(t, err, "%s of %s", key, n.XMLName.Local)
	return v
}

func read(t *testing.T, drawing string) svgNode {
	t.Helper()
	var root svgNode
	require.NoError(t, xml.Unmarshal([]byte(drawing), &root))
	return root
}

func TestSVG(t *testing.T) {
	steps, src := recorded(t)
	got := svg(t, timeline.New(steps, src, timeline.Frame{File: "semaphore.go", Line: 53}, false).View(10, 100))
	golden := filepath.Join("testdata", "acquire.svg")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}

// TestSVGSaysWhatTheTextSays: each row of the text format is in the drawing,
// with its number, its line and what happens.
func TestSVGSaysWhatTheTextSays(t *testing.T) {
	steps, src := recorded(t)
	tl := timeline.New(steps, src, timeline.Frame{}, false)
	root := read(t, svg(t, tl.View(10, 100)))
	assert.Equal(t, "img", root.attr("role"))
	assert.Equal(t, "x1-title x1-desc", root.attr("aria-labelledby"))
	var texts []string
	for _, n := range root.Nodes {
		if n.XMLName.Local == "text" {
			text := n.Text
			for _, in := range n.Nodes {
				if in.XMLName.Local == "tspan" {
					text = in.Text + text
				}
			}
			texts = append(texts, text)
		}
	}
	all := strings.Join(texts, "\n")
	for i, r := range tl.Rows {
		what := r.Text
		if r.Note != "" {
			what = r.Note
		}
		if r.Line > 0 {
			what = fmt.Sprintf("%d %s", r.Line, what)
		}
		assert.Contains(t, all, fmt.Sprintf("%d\n%s", i+1, what))
	}
	assert.Contains(t, all, "goroutine 2\nstarted by the test, calls Semaphore.Acquire")
	assert.Contains(t, root.Nodes[1].Text, "2 goroutines, 41 steps from top to bottom. The failure was seen at step 41")
	assert.Contains(t, root.Nodes[1].Text, "Goroutine 2 stops at line 53: select {")
}

// TestSVGStaysInside: nothing is drawn beyond the edge.
func TestSVGStaysInside(t *testing.T) {
	steps, src := recorded(t)
	for _, rows := range []int{1, 7, 100} {
		root := read(t, svg(t, timeline.New(steps, src, timeline.Frame{}, true).View(2, rows)))
		w, h := root.number(t, "width"), root.number(t, "height")
		assert.Equal(t, fmt.Sprintf("0 0 %d %d", w, h), root.attr("viewBox"))
		for _, n := range root.Nodes {
			for key, limit := range map[string]int{"x": w, "x1": w, "x2": w, "cx": w, "y": h, "y1": h, "y2": h, "cy": h} {
				if n.attr(key) != "" {
					at := n.number(t, key)
					assert.True(t, at >= 0 && at <= limit, "%s=%d of %s beyond %d", key, at, n.XMLName.Local, limit)
				}
			}
		}
	}
}

// TestSVGWaiting: a goroutine that waits for a lock has a dashed line until it
// goes on, and one that never comes back until the end.
func TestSVGWaiting(t *testing.T) {
	tl := &timeline.Timeline{
		Lanes: []timeline.Lane{{Goroutine: 1, Name: "a"}, {Goroutine: 2, Name: "b"}},
		Rows: []timeline.Row{
			{Lane: 0, Text: "mu.Lock()", Line: 1, Own: true}, {Lane: 1, Text: "begins", Other: 1},
			{Lane: 1, Note: "waits for the lock, held by goroutine 1", Line: 2, Own: true, Other: 1, Mark: true}, {Lane: 0, Text: "the test"},
		},
	}
	root := read(t, svg(t, tl.View(2, 4)))
	count := map[string]int{}
	for _, n := range root.Nodes {
		count[n.attr("class")]++
	}
	assert.Equal(t, 1, count["tl-wait"], "to the end")
	assert.Equal(t, 1, count["tl-stop"])
	assert.Equal(t, 1, count["tl-mark"])
	assert.Equal(t, 4, count["tl-link"], "who started it, and who holds the lock")
	tl.Rows = append(tl.Rows, timeline.Row{Lane: 1, Note: "goes on", Line: 2, Own: true})
	again := svg(t, tl.View(2, 5))
	assert.NotContains(t, again, "tl-stop")
	assert.Contains(t, again, "tl-wait")
}

// long has 3 goroutines that take turns, and fails at one of the rows.
func long(rows, mark int) *timeline.Timeline {
	tl := &timeline.Timeline{Lanes: []timeline.Lane{{Goroutine: 1}, {Goroutine: 2}, {Goroutine: 3}}}
	for i := range rows {
		tl.Rows = append(tl.Rows, timeline.Row{Lane: i % 3, Text: "x", Line: i + 1, Own: true, Mark: i == mark})
	}
	return tl
}

func TestViewKeepsTheFailure(t *testing.T) {
	for _, mark := range []int{0, 5, 50, 99} {
		v := long(100, mark).View(2, 20)
		assert.Len(t, v.Rows, 20)
		assert.Len(t, v.Lanes, 2)
		assert.False(t, v.Whole())
		assert.Equal(t, []int{100, 3}, []int{v.Steps, v.Goroutines})
		r, ok := v.Marked()
		require.True(t, ok, mark)
		assert.Equal(t, mark+1, r.Number)
		for i, r := range v.Rows {
			assert.Less(t, r.Lane, 2)
			assert.True(t, i == 0 || v.Rows[i-1].Number < r.Number, "in order")
		}
		assert.Contains(t, v.Describe(), "2 of 3 goroutines, 20 of 100 steps")
		assert.Contains(t, svg(t, v), "tl-gap")
	}
	whole := long(10, 3).View(3, 10)
	assert.True(t, whole.Whole())
	assert.NotContains(t, svg(t, whole), "tl-gap")
	none := long(10, 3).View(0, 0)
	assert.Empty(t, none.Rows)
	_, ok := none.Marked()
	assert.False(t, ok)
	svg(t, none)
	svg(t, (&timeline.Timeline{}).View(5, 5))
}

// TestSVGStyleKnowsEveryClass keeps the style sheet and the drawing in step.
func TestSVGStyleKnowsEveryClass(t *testing.T) {
	steps, src := recorded(t)
	plain := map[string]bool{"tl": true, "tl-idle": true, "tl-step": true, "tl-code": true}
	for _, m := range regexp.MustCompile(`class="([^"]*)"`).FindAllStringSubmatch(svg(t, timeline.New(steps, src, timeline.Frame{}, false).View(2, 20)), -1) {
		for class := range strings.FieldsSeq(m[1]) {
			assert.True(t, plain[class] || regexp.MustCompile(`\.`+class+`[ ,]`).MatchString(timeline.SVGStyle), class)
		}
	}
}
