package timeline

import (
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// SVGStyle is the style sheet of the elements that [View.SVG] writes. A page
// may set the custom properties; without them, the text's colour is used.
const SVGStyle = `.tl { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.tl text { fill: var(--ink, currentColor); white-space: pre; }
.tl .tl-head { font-weight: 700; }
.tl .tl-dim, .tl .tl-number { fill: var(--dim, currentColor); }
.tl .tl-number { text-anchor: end; }
.tl .tl-note { font-style: italic; }
.tl .tl-failed { font-weight: 700; }
.tl line { stroke: var(--dim, currentColor); stroke-width: 1; }
.tl .tl-run { stroke: var(--accent, currentColor); stroke-width: 4; stroke-linecap: round; }
.tl .tl-wait { stroke: var(--warn, currentColor); stroke-width: 3; stroke-dasharray: 3 4; }
.tl .tl-gap { stroke-dasharray: 1 5; }
.tl .tl-link { stroke-dasharray: 2 3; }
.tl circle { fill: var(--accent, currentColor); }
.tl .tl-stop { fill: var(--paper, none); stroke: var(--warn, currentColor); stroke-width: 2; }
.tl .tl-mark { fill: none; stroke: var(--bad, currentColor); stroke-width: 1.5; }
`

// Measures of a drawing in pixels, and of text in columns of a fixed-width font.
const (
	svgCell    = 7.3 // width of a column at 12 px
	svgRow     = 22
	svgHead    = 52
	svgGutter  = 46 // step numbers stand left of it
	svgPad     = 14 // between a lane and its text
	svgMargin  = 18
	svgMaxCell = 48
)

// stroke is a line of a drawing.
type stroke struct {
	Class          string
	X1, Y1, X2, Y2 int
}

// label is a text of a drawing; Full is what it was before it was cut.
type label struct {
	Class, Text, Line, Full string
	X, Y                    int
}

// maxFull is how much of a text that was cut is kept, in columns.
const maxFull = 400

func newLabel(class string, x, y int, text string) label {
	l := label{Class: class, X: x, Y: y, Text: runewidth.Truncate(text, svgMaxCell, "…")}
	if l.Text != text {
		l.Full = runewidth.Truncate(text, maxFull, "…")
	}
	return l
}

// dot is where a step stands in its lane.
type dot struct {
	Class string
	X, Y  int
}

type drawing struct {
	ID, Title, Desc string
	Width, Height   int
	Strokes         []stroke
	Dots            []dot
	Labels          []label
	Marked          bool
	MarkX, MarkY    int
	MarkW           int
}

// SVG draws a view: a lane for each goroutine from left to right, a row for
// each step from top to bottom. A thick line is a goroutine that runs, a dashed
// one a goroutine that waits. It writes an element for use inside an HTML page
// with [SVGStyle]; id begins the element's ids and must be unique in the page.
func (v View) SVG(w io.Writer, id, title string) error {
	return svgTemplate.Execute(w, v.draw(id, title))
}

func (v View) draw(id, title string) drawing {
	d := drawing{ID: id, Title: title, Desc: v.Describe()}
	x := v.columns()
	d.Width = x[len(v.Lanes)]
	y := v.heights()
	d.Height = y[len(v.Rows)]
	for i, l := range v.Lanes {
		d.Labels = append(d.Labels,
			label{Class: "tl-head", X: x[i], Y: 18, Text: "goroutine " + strconv.Itoa(l.Goroutine)},
			newLabel("tl-dim", x[i], 34, l.Name))
		d.lane(v, i, x[i], y)
	}
	d.links(v, x, y)
	for n, r := range v.Rows {
		d.row(r, x[r.Lane], y[n], n > 0 && v.Rows[n-1].Number+1 < r.Number)
	}
	return d
}

// columns returns the x of each lane, and the width of the drawing behind them.
func (v View) columns() []int {
	cells := make([]int, len(v.Lanes))
	for i, l := range v.Lanes {
		cells[i] = max(12, min(runewidth.StringWidth(l.Name), svgMaxCell))
	}
	for _, r := range v.Rows {
		line, text := r.says()
		cells[r.Lane] = max(cells[r.Lane], min(runewidth.StringWidth(text), svgMaxCell)+len(line)+1)
	}
	x := []int{svgGutter + svgMargin}
	for _, n := range cells {
		x = append(x, x[len(x)-1]+int(float64(n)*svgCell)+svgPad+svgMargin)
	}
	return x
}

// heights returns the y of each row, and the height of the drawing behind
// them. A row before which something was left out stands further below.
func (v View) heights() []int {
	at := svgHead
	var y []int
	for i, r := range v.Rows {
		if i > 0 && v.Rows[i-1].Number+1 < r.Number {
			at += svgRow
		}
		y = append(y, at)
		at += svgRow
	}
	return append(y, at)
}

// says returns the number of the row's line, or nothing, and its text.
func (r Row) says() (line, text string) {
	text = r.Text
	if r.Note != "" {
		text = r.Note
	}
	if r.Line > 0 {
		line = strconv.Itoa(r.Line)
	}
	return line, strings.ReplaceAll(text, "\t", " ")
}

// lane draws the line of a lane: from its first row to its last, thick while
// it runs, and dashed while it waits.
func (d *drawing) lane(v View, lane, x int, y []int) {
	last := -1
	for n, r := range v.Rows {
		if r.Lane != lane {
			continue
		}
		if last >= 0 {
			d.Strokes = append(d.Strokes, stroke{between(v.Rows[last], last+1 == n), x, y[last], x, y[n]})
		}
		last = n
	}
	if last >= 0 && v.Rows[last].Stuck {
		d.Strokes = append(d.Strokes, stroke{"tl-wait", x, y[last], x, y[len(v.Rows)] - svgRow/2})
	}
}

// between is the class of the line behind a row.
func between(r NumberedRow, running bool) string {
	switch {
	case r.waits():
		return "tl-wait"
	case running:
		return "tl-run"
	}
	return "tl-idle"
}

func (r Row) waits() bool { return strings.HasPrefix(r.Note, "waits for ") }

// links joins a goroutine that begins with who started it, and one that waits
// with who holds what it waits for.
func (d *drawing) links(v View, x, y []int) {
	at := map[int]int{}
	for i, l := range v.Lanes {
		at[l.Goroutine] = x[i]
	}
	for n, r := range v.Rows {
		if to, drawn := at[r.Other]; drawn && to != x[r.Lane] && (r.waits() || r.Text == "begins") {
			d.Strokes = append(d.Strokes, stroke{"tl-link", x[r.Lane], y[n] - svgRow/2 + 2, to, y[n] - svgRow/2 + 2},
				stroke{"tl-link", x[r.Lane], y[n] - svgRow/2 + 2, x[r.Lane], y[n]})
		}
	}
}

func (d *drawing) row(r NumberedRow, x, y int, gap bool) {
	if gap {
		d.Strokes = append(d.Strokes, stroke{"tl-gap", 4, y - svgRow, d.Width - 4, y - svgRow})
		d.Labels = append(d.Labels, label{Class: "tl-number", X: svgGutter, Y: y - svgRow + 4, Text: "…"})
	}
	line, text := r.says()
	l := newLabel("tl-code", x+svgPad, y+4, text)
	l.Line = line
	if r.Note != "" || !r.Own {
		l.Class = "tl-note"
	}
	if r.Mark {
		l.Class += " tl-failed"
		d.Marked, d.MarkX, d.MarkY, d.MarkW = true, 2, y-svgRow/2, d.Width-4
	}
	dotted := dot{"tl-step", x, y}
	if r.Stuck {
		dotted.Class = "tl-stop"
	}
	d.Dots = append(d.Dots, dotted)
	d.Labels = append(d.Labels, label{Class: "tl-number", X: svgGutter, Y: y + 4, Text: strconv.Itoa(r.Number)}, l)
}

// Describe says in a sentence or two what the view shows.
func (v View) Describe() string {
	text := fmt.Sprintf("%s, %s from top to bottom.", count(len(v.Lanes), "goroutine"), count(len(v.Rows), "step"))
	if !v.Whole() {
		text = fmt.Sprintf("%d of %s, %d of %s from top to bottom.", len(v.Lanes), count(v.Goroutines, "goroutine"), len(v.Rows), count(v.Steps, "step"))
	}
	if r, ok := v.Marked(); ok {
		_, what := r.says()
		where := ""
		if r.Line > 0 {
			where = fmt.Sprintf(" at line %d", r.Line)
		}
		text += fmt.Sprintf(" The failure was seen at step %d, in goroutine %d%s: %s.", r.Number, v.Lanes[r.Lane].Goroutine, where, strings.TrimSuffix(runewidth.Truncate(what, 120, "…"), "."))
	}
	for _, r := range v.Rows {
		if r.Stuck && !r.Mark && r.Line > 0 {
			_, what := r.says()
			text += fmt.Sprintf(" Goroutine %d stops at line %d: %s.", v.Lanes[r.Lane].Goroutine, r.Line, runewidth.Truncate(what, 120, "…"))
			break
		}
	}
	return text
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

var svgTemplate = template.Must(template.New("svg").Parse(`<svg class="tl" role="img" aria-labelledby="{{.ID}}-title {{.ID}}-desc" width="{{.Width}}" height="{{.Height}}" viewBox="0 0 {{.Width}} {{.Height}}">
<title id="{{.ID}}-title">{{.Title}}</title>
<desc id="{{.ID}}-desc">{{.Desc}}</desc>
{{- if .Marked}}
<rect class="tl-mark" x="{{.MarkX}}" y="{{.MarkY}}" width="{{.MarkW}}" height="22" rx="4"/>
{{- end}}
{{- range .Strokes}}
<line class="{{.Class}}" x1="{{.X1}}" y1="{{.Y1}}" x2="{{.X2}}" y2="{{.Y2}}"/>
{{- end}}
{{- range .Dots}}
<circle class="{{.Class}}" cx="{{.X}}" cy="{{.Y}}" r="4"/>
{{- end}}
{{- range .Labels}}
<text class="{{.Class}}" x="{{.X}}" y="{{.Y}}">{{if .Line}}<tspan class="tl-dim">{{.Line}}</tspan> {{end}}{{.Text}}{{if .Full}}<title>{{.Full}}</title>{{end}}</text>
{{- end}}
</svg>
`))
