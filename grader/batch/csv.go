package batch

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/weft-course/weft/grader"
)

// WriteCSV writes the gradebook as RFC 4180 says: first a line that names the
// columns, then one for each student. A cell is empty where there is nothing
// to say. What a spreadsheet would take for a formula gets an apostrophe first.
func (g *Gradebook) WriteCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	c.UseCRLF = true
	if err := c.Write(defuseAll(g.header())); err != nil {
		return err
	}
	for _, r := range g.Rows {
		if err := c.Write(defuseAll(g.line(r))); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func (g *Gradebook) header() []string {
	head := []string{"id", "name", "email", "submitted_at", "note"}
	for _, col := range g.Columns {
		for _, ch := range col.Checks {
			head = append(head, col.Slug+"/"+ch.ID)
		}
		for _, x := range []string{"status", "score", "unmeasurable", "max", "late_percent", "total"} {
			head = append(head, col.Slug+" "+x)
		}
	}
	return append(head, "total")
}

func (g *Gradebook) line(r Row) []string {
	cells := []string{r.ID, r.Name, r.Email, stamp(r.SubmittedAt), r.Unread}
	for i, col := range g.Columns {
		cells = append(cells, r.Cells[i].csv(col)...)
	}
	if r.Incomplete {
		return append(cells, "")
	}
	return append(cells, points(r.Total))
}

// csv returns the columns of an exercise for one student.
func (c *Cell) csv(col Column) []string {
	if c == nil {
		return make([]string, len(col.Checks)+6)
	}
	var out []string
	for _, ch := range col.Checks {
		out = append(out, c.Checks[ch.ID].csv())
	}
	out = append(out, string(c.Status))
	if c.Status == grader.StatusError {
		return append(out, "", "", strconv.Itoa(c.Max), "", "")
	}
	return append(out, strconv.Itoa(c.Score), strconv.Itoa(c.Unmeasurable), strconv.Itoa(c.Max), points(c.Late), points(c.Total))
}

// csv is the points, or the verdict where there are none to give.
func (m Mark) csv() string {
	switch m.Verdict {
	case grader.Passed, grader.Failed, grader.Skipped:
		return strconv.Itoa(m.Points)
	}
	return string(m.Verdict)
}

func defuseAll(cells []string) []string {
	for i, c := range cells {
		cells[i] = defuse(c)
	}
	return cells
}

// defuse makes text harmless in a spreadsheet and in a terminal.
func defuse(s string) string {
	if grader.IsFormula(s) {
		return "'" + grader.Clean(s)
	}
	return grader.Clean(s)
}
