package timeline

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// minLane is the width below which text in a column cannot be read.
const minLane = 22

// numbered is the width of what stands before the columns: mark and number.
const numbered = 6

// Text prints a timeline, a column for each goroutine, at most width cells wide.
// Where the columns would be too narrow for text, they are lines, and the text
// stands behind them.
func (t *Timeline) Text(w io.Writer, width int) {
	for i, l := range t.Lanes {
		lines := strings.Repeat("  │", i)
		title := fmt.Sprintf("  %d  %s", l.Goroutine, l.Name)
		fmt.Fprintf(w, "%s%s\n", lines, runewidth.Truncate(title, max(width-runewidth.StringWidth(lines), minLane), "…"))
	}
	fmt.Fprintln(w)
	lane := (width - numbered - 1) / max(len(t.Lanes), 1)
	for n, r := range t.Rows {
		mark := " "
		if r.Mark {
			mark = ">"
		}
		line := fmt.Sprintf("%s%4d ", mark, n+1)
		if lane >= minLane {
			line += t.wide(r, lane)
		} else {
			line += t.narrow(r, width-numbered)
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// wide has the text of a row in the column of its goroutine.
func (t *Timeline) wide(r Row, lane int) string {
	var line strings.Builder
	for i := range t.Lanes {
		text := "│"
		if i == r.Lane {
			text = runewidth.Truncate("● "+said(r), lane-2, "…")
		}
		line.WriteString(runewidth.FillRight(text, lane))
	}
	return line.String()
}

// narrow has the text of a row behind the columns of all goroutines.
func (t *Timeline) narrow(r Row, width int) string {
	var line strings.Builder
	for i := range t.Lanes {
		if i == r.Lane {
			line.WriteString("● ")
		} else {
			line.WriteString("│ ")
		}
	}
	room := width - 2*len(t.Lanes)
	return line.String() + runewidth.Truncate(said(r), max(room, minLane), "…")
}

// said is the line of code and what happens there.
func said(r Row) string {
	text := r.Text
	if r.Note != "" {
		text = r.Note
	}
	if r.Line > 0 {
		text = fmt.Sprintf("%d %s", r.Line, text)
	}
	return text
}
