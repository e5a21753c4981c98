package batch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
)

// Terms are what a gradebook is made with, beside the results.
type Terms struct {
	Roster []Student
	// Due holds the due time of each exercise by its slug; the one under "" is
	// for those that have none of their own.
	Due  map[string]time.Time
	Late Late
}

// Gradebook is a row a student, and for each exercise a column a criterion.
type Gradebook struct {
	Columns []Column
	Rows    []Row
	// Remarks tell the instructor what the table does not: students who are not
	// in the roster, submissions without a time.
	Remarks []string
	// Links says, by id, where a page about the student lies, relative to the page
	// that WriteHTML makes. Those who are not in it have no link.
	Links map[string]string
}

// Column is an exercise.
type Column struct {
	Slug, Title string
	Checks      []Check
	Max         int
}

// Check is a criterion of an exercise.
type Check struct {
	ID, Name string
	Max      int
}

// Row is a student. Cells are in the order of Gradebook.Columns; nil where
// nothing was handed in.
type Row struct {
	ID, Name, Email string
	SubmittedAt     *time.Time
	Cells           []*Cell
	Unread          string // why the submission could not be read
	Total           int    // hundredths of a point
	Incomplete      bool   // a grading broke, so that Total is not all
}

// Cell is what a student has for an exercise.
type Cell struct {
	Status       grader.Status
	Score        int
	Unmeasurable int
	Max          int
	Late         int // deduction in hundredths of a percent
	Total        int // hundredths of a point, after the deduction
	Checks       map[string]Mark

	submitted *time.Time
}

// Mark is the outcome of one check.
type Mark struct {
	Verdict grader.Verdict
	Points  int
}

// NewGradebook reads the results in a folder. Only what the table shows is
// kept of each.
func NewGradebook(dir string, terms Terms) (*Gradebook, error) {
	b := &builder{terms: terms, rows: map[string]*Row{}, columns: map[string]*Column{}, cells: map[[2]string]*Cell{}, students: map[string]Student{}}
	for _, s := range terms.Roster {
		b.students[s.ID] = s
		b.row(s.ID)
	}
	if err := each(dir, func(slug string, _ []byte, report *grader.Report) error { return b.add(slug, report) }); err != nil {
		return nil, err
	}
	for slug := range terms.Due {
		if slug != "" && b.columns[slug] == nil {
			return nil, inputf("the exercises here are: "+strings.Join(slices.Sorted(maps.Keys(b.columns)), ", "), "--due names %q, of which there is no result", slug)
		}
	}
	return b.book(), nil
}

type builder struct {
	terms    Terms
	students map[string]Student
	rows     map[string]*Row
	columns  map[string]*Column
	cells    map[[2]string]*Cell // by id and slug
	remarks  []string
}

// row returns the row of a student, and begins it.
func (b *builder) row(id string) *Row {
	if r := b.rows[id]; r != nil {
		return r
	}
	s, known := b.students[id]
	if !known && len(b.students) > 0 {
		b.remarks = append(b.remarks, id+" is not in the roster")
	}
	r := &Row{ID: id, Name: s.Name, Email: s.Email, SubmittedAt: s.SubmittedAt}
	b.rows[id] = r
	return r
}

func (b *builder) add(slug string, report *grader.Report) error {
	r := b.row(report.Submission.ID)
	if at := report.Submission.SubmittedAt; at != nil {
		if s := b.students[r.ID].SubmittedAt; s != nil && !s.Equal(*at) {
			return inputf("the time of submission never changes; put an extension into the roster's column due",
				"%s handed in at %s, as the result of %s says, and at %s, as the roster says", r.ID, stamp(at), slug, stamp(s))
		}
		r.SubmittedAt = at
	}
	if report.Exercise.Slug == "" {
		r.Unread = reason(report)
		r.Incomplete = r.Incomplete || report.Status == grader.StatusError
		return nil
	}
	col := b.column(report)
	cell := &Cell{Status: report.Status, Score: report.Score, Unmeasurable: report.Unmeasurable, Max: report.MaxScore, Checks: map[string]Mark{}, submitted: r.SubmittedAt}
	for _, c := range report.Checks {
		cell.Checks[c.ID] = Mark{c.Verdict, c.Points}
		if !slices.ContainsFunc(col.Checks, func(x Check) bool { return x.ID == c.ID }) {
			col.Checks = append(col.Checks, Check{c.ID, c.Name, c.MaxPoints})
		}
	}
	b.cells[[2]string{r.ID, slug}] = cell
	return nil
}

// reason is why a submission has no exercise's result.
func reason(report *grader.Report) string {
	for _, f := range report.Findings {
		return f.Message
	}
	return cmp.Or(report.Error, "it could not be read")
}

func (b *builder) column(report *grader.Report) *Column {
	slug := report.Exercise.Slug
	if b.columns[slug] == nil {
		b.columns[slug] = &Column{Slug: slug, Title: report.Exercise.Title}
	}
	col := b.columns[slug]
	col.Max = max(col.Max, report.MaxScore)
	return col
}

// book puts the rows in order and adds up.
func (b *builder) book() *Gradebook {
	g := &Gradebook{}
	slugs := slices.Sorted(maps.Keys(b.columns))
	for _, slug := range slugs {
		g.Columns = append(g.Columns, *b.columns[slug])
	}
	for _, id := range slices.Sorted(maps.Keys(b.rows)) {
		r := b.rows[id]
		for _, slug := range slugs {
			cell := b.cells[[2]string{id, slug}]
			r.Cells = append(r.Cells, cell)
			if cell != nil {
				b.conclude(r, cell, slug)
			}
		}
		g.Rows = append(g.Rows, *r)
	}
	slices.Sort(b.remarks)
	g.Remarks = slices.Compact(b.remarks)
	return g
}

// conclude applies the late policy and adds the cell to the row's total.
func (b *builder) conclude(r *Row, cell *Cell, slug string) {
	if due, ok := b.due(r.ID, slug); ok && b.terms.Late.Rate > 0 {
		if cell.submitted == nil {
			b.remarks = append(b.remarks, r.ID+" has no time of submission and loses nothing")
		} else {
			cell.Late = b.terms.Late.Deduction(due, *cell.submitted)
		}
	}
	cell.Total = after(cell.Score, cell.Late)
	r.Total += cell.Total
	if cell.Status == grader.StatusError {
		r.Incomplete = true
		b.remarks = append(b.remarks, fmt.Sprintf("%s: the grading of %s broke, so that there is no total; run grade batch again", r.ID, slug))
	}
}

// due is the student's own, the exercise's or everybody's.
func (b *builder) due(id, slug string) (time.Time, bool) {
	if own := b.students[id].Due; own != nil {
		return *own, true
	}
	if t, ok := b.terms.Due[slug]; ok {
		return t, true
	}
	t, ok := b.terms.Due[""]
	return t, ok
}

func stamp(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.Format(time.RFC3339)
}
