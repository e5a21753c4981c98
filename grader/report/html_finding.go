package report

import (
	"bytes"
	"fmt"
	"html/template"
	"strconv"
	"strings"

	"github.com/weft-course/weft/grader"
	"github.com/weft-course/weft/grader/timeline"
)

// findingView is a finding in the page.
type findingView struct {
	ID       string
	Head     string
	Message  string // where the head is the rule
	Compared string // got and want
	Place    string
	Func     string
	Excerpts []excerpt
	Notes    []noteView
	Checking string
	Help     string
	Evidence string
	About    *grader.CauseDoc // where the page has not explained the cause yet
	Story    *storyView
	SameAs   string // id of the finding that shows the same schedule
}

type noteView struct{ Text, Place, Command string }

// Bounds of a timeline in the page. A replay has all of it.
const (
	maxLanes = 12
	maxSteps = 300
)

// storyView is a timeline in the page, as a drawing and as a table.
type storyView struct {
	ID, Title, Missing string
	SVG                template.HTML // made by package timeline, which escapes what it draws
	Note               string
	Rows               []storyRow
}

type storyRow struct {
	Number, Goroutine int
	Line, Text        string
	Mark              bool
}

// findings fills in what explains the verdicts.
func (d *drafter) findings(s *section) (err error) {
	switch d.r.Status {
	case grader.StatusRefused, grader.StatusBuildFailed:
		s.Stopped, err = d.explain(d.id+"-stop", "Why "+outcome(d.r).Word, d.r.Findings, maxListed)
	}
	limit := maxPerCheck
	if d.o.Verbose {
		limit = maxPerVerbose
	}
	for i, c := range d.r.Checks[:min(len(d.r.Checks), maxChecks)] {
		if c.Verdict != grader.Failed || len(c.Findings) == 0 || err != nil {
			continue
		}
		var e *explained
		if e, err = d.explain(d.checkID(i), cut(c.Name, maxText), c.Findings, limit); e != nil {
			s.Failed = append(s.Failed, *e)
		}
	}
	if len(d.r.Warnings) > 0 && err == nil {
		s.Warnings, err = d.explain(d.id+"-warnings", "They cost nothing", d.r.Warnings, maxListed)
	}
	return err
}

// explain shows the first findings, so many of them at most.
func (d *drafter) explain(id, title string, fs []grader.Finding, limit int) (*explained, error) {
	e := &explained{ID: id, Title: title}
	n := min(len(fs), limit, max(maxPerReport-d.shown, 0))
	d.shown += n
	e.Left = len(fs) - n
	for i, f := range fs[:n] {
		v, err := d.finding(fmt.Sprintf("%s-f%d", id, i+1), f)
		if err != nil {
			return nil, err
		}
		e.Findings = append(e.Findings, v)
	}
	return e, nil
}

// finding says the same as the text format: what should hold, what is wrong,
// where, and what to look at.
func (d *drafter) finding(id string, f grader.Finding) (findingView, error) {
	head, body := headline(f)
	v := findingView{ID: id, Head: cut(head, maxText), Message: cut(body, maxText), Help: cut(f.Help, maxText), Excerpts: d.excerpts(f)}
	if head != f.Rule {
		v.Checking = cut(f.Rule, maxText)
	}
	if got, want, ok := compared(f); ok {
		v.Compared = fmt.Sprintf("got %s, want %s", cut(got, maxText), cut(want, maxText))
	}
	v.Place, v.Func = place(f.Pos), cut(f.Pos.Func, maxText)
	for _, n := range f.Notes[:min(len(f.Notes), maxNotes)] {
		v.Notes = append(v.Notes, noteView{cut(n.Text, maxText), place(n.Pos), cut(n.Command, maxText)})
	}
	if d.o.Verbose {
		v.Evidence = cut(f.Evidence, maxEvidence)
	}
	v.About = d.about(f.Cause)
	return v, d.story(&v, f)
}

func place(p grader.Position) string {
	if !p.IsValid() {
		return ""
	}
	return cut(p.String(), maxText)
}

// about returns what there is to say on a cause, the first time it is asked.
func (d *drafter) about(c grader.Cause) *grader.CauseDoc {
	if d.told[c] {
		return nil
	}
	d.told[c] = true
	for _, doc := range grader.Causes() {
		if doc.Cause == c {
			return &doc
		}
	}
	return nil
}

// story adds the timeline of the finding's schedule, once for each schedule.
func (d *drafter) story(v *findingView, f grader.Finding) error {
	if d.o.Story == nil || f.Seed == 0 {
		return nil
	}
	key := f.Test + "/" + strconv.FormatUint(f.Seed, 10)
	if v.SameAs = d.stories[key]; v.SameAs != "" {
		return nil
	}
	told, ok := d.o.Story(d.r, f)
	if !ok {
		return nil
	}
	d.stories[key] = v.ID
	s := &storyView{ID: v.ID + "-story", Title: fmt.Sprintf("Schedule %d, step by step", f.Seed), Missing: cut(told.Missing, maxText)}
	v.Story = s
	if told.Timeline == nil {
		return nil
	}
	return s.draw(told)
}

func (s *storyView) draw(told Story) error {
	view := told.Timeline.View(maxLanes, maxSteps)
	var b bytes.Buffer
	if err := view.SVG(&b, s.ID, s.Title); err != nil {
		return err
	}
	s.SVG, s.Note = template.HTML(b.String()), remark(told, view)
	for _, r := range view.Rows {
		row := storyRow{Number: r.Number, Goroutine: view.Lanes[r.Lane].Goroutine, Text: cut(r.Text, maxLine), Mark: r.Mark}
		if r.Note != "" {
			row.Text = cut(r.Note, maxLine)
		}
		if r.Line > 0 {
			row.Line = strconv.Itoa(r.Line)
		}
		s.Rows = append(s.Rows, row)
	}
	return nil
}

// remark says what was left out of a timeline.
func remark(told Story, v timeline.View) string {
	text := ""
	if told.Reduced {
		text = fmt.Sprintf("Reduced to the %s that it takes to fail.", switches(told.Yields))
	}
	if !v.Whole() {
		text += fmt.Sprintf(" Shown are %d of %d steps and %d of %d goroutines; the replay has them all.", len(v.Rows), v.Steps, len(v.Lanes), v.Goroutines)
	}
	return strings.TrimSpace(text)
}

func switches(n int) string {
	if n == 1 {
		return "one switch"
	}
	return fmt.Sprintf("%d switches", n)
}
