package timeline

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Text prints a timeline, a column for each goroutine, at most width cells wide.
func (t *Timeline) Text(w io.Writer, width int) {
	lane := max((width-7)/max(len(t.Lanes), 1), minLane)
	for i, l := range t.Lanes {
		title := fmt.Sprintf("  %d  %s", l.Goroutine, l.Name)
		fmt.Fprintf(w, "%s%s\n", strings.Repeat("  │", i), title)
	}
	fmt.Fprintln(w)
	for n, r := range t.Rows {
		mark := " "
		if r.Mark {
			mark = ">"
		}
		var line strings.Builder
		fmt.Fprintf(&line, "%s%4d ", mark, n+1)
		for i := range t.Lanes {
			if i == r.Lane {
				line.WriteString(cell(r, lane))
			} else {
				line.WriteString(runewidth.FillRight("│", lane))
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// minLane is the width below which a column cannot be read.
const minLane = 26

func cell(r Row, width int) string {
	text := r.Text
	if r.Line > 0 {
		text = fmt.Sprintf("%d %s", r.Line, r.Text)
	}
	if r.Note != "" {
		text = r.Note
		if r.Line > 0 {
			text = fmt.Sprintf("%d %s", r.Line, r.Note)
		}
	}
	return runewidth.FillRight(runewidth.Truncate("● "+text, width-2, "…"), width)
}
