package timeline

import (
	"slices"
	"strings"
)

// View is the part of a timeline that a drawing shows: no more lanes and rows
// than a reader takes in. A jump in the numbers of its rows is where something
// was left out.
type View struct {
	Lanes []Lane
	Rows  []NumberedRow
	// Steps and Goroutines are how many rows and lanes the whole timeline has.
	Steps, Goroutines int
}

// NumberedRow is a row with its place in the whole timeline, counted from 1.
type NumberedRow struct {
	Row
	Number int
	// Stuck says that it was still waiting when the schedule was over.
	Stuck bool
}

// Whole reports whether nothing was left out.
func (v View) Whole() bool { return len(v.Rows) == v.Steps && len(v.Lanes) == v.Goroutines }

// Marked returns the row at which it failed, and whether the view has one.
func (v View) Marked() (NumberedRow, bool) {
	at := slices.IndexFunc(v.Rows, func(r NumberedRow) bool { return r.Mark })
	if at < 0 {
		return NumberedRow{}, false
	}
	return v.Rows[at], true
}

// View returns at most so many lanes and rows. The lanes that are kept are the
// one in which it failed and those that were busy last; the rows that are kept
// are the first quarter and what came before the failure.
func (t *Timeline) View(lanes, rows int) View {
	v := View{Steps: len(t.Rows), Goroutines: len(t.Lanes)}
	if lanes < 1 || rows < 1 {
		return v
	}
	place := map[int]int{} // a lane's index → its index in the view
	for _, i := range t.busiest(lanes) {
		place[i] = len(v.Lanes)
		v.Lanes = append(v.Lanes, t.Lanes[i])
	}
	lasts := t.lasts()
	for i, r := range t.Rows {
		if to, kept := place[r.Lane]; kept {
			stuck := lasts[r.Lane] == i && (r.waits() || strings.HasSuffix(r.Text, neverBack))
			r.Lane = to
			v.Rows = append(v.Rows, NumberedRow{Row: r, Number: i + 1, Stuck: stuck})
		}
	}
	v.Rows = shorten(v.Rows, rows)
	return v
}

// lasts returns the index of the last row of each lane.
func (t *Timeline) lasts() []int {
	last := make([]int, len(t.Lanes))
	for i, r := range t.Rows {
		last[r.Lane] = i
	}
	return last
}

// busiest returns the indices of n lanes, in order: the one of the marked row,
// and those in which something happened last.
func (t *Timeline) busiest(n int) (lanes []int) {
	add := func(i int) {
		if len(lanes) < n && !slices.Contains(lanes, i) {
			lanes = append(lanes, i)
		}
	}
	for _, r := range t.Rows {
		if r.Mark {
			add(r.Lane)
		}
	}
	for _, r := range slices.Backward(t.Rows) {
		if len(lanes) == n {
			break
		}
		add(r.Lane)
	}
	slices.Sort(lanes)
	return lanes
}

// shorten keeps n rows: the first quarter, and the others up to the marked one
// or, without one, the last.
func shorten(rows []NumberedRow, n int) []NumberedRow {
	if len(rows) <= n {
		return rows
	}
	head := n / 4
	end := len(rows)
	if at := slices.IndexFunc(rows, func(r NumberedRow) bool { return r.Mark }); at >= 0 {
		end = min(len(rows), max(at+1, n))
	}
	return slices.Concat(rows[:head], rows[end-(n-head):end])
}
