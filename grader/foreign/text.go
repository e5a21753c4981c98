package foreign

import (
	"fmt"
	"io"
	"strings"

	"github.com/weft-course/weft/grader"
)

// Text writes a report for a terminal: failures first, then what could not be
// explored and why, then the sum. With verbose it shows the raw output, too.
func Text(w io.Writer, r *Report, verbose bool) error {
	p := &printer{w: w}
	for _, t := range r.Tests {
		if t.State == Found || t.State == FailsAlone || t.State == Shaken {
			p.failure(t, verbose)
		}
	}
	p.unexplored(r)
	p.list("left as it is:", r.Notes)
	p.sum(r)
	return p.err
}

// printer remembers the first error.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if _, err := fmt.Fprintf(p.w, format+"\n", args...); p.err == nil {
		p.err = err
	}
}

func (p *printer) failure(t Test, verbose bool) {
	switch {
	case t.State == FailsAlone:
		p.line("✗ %s: %s", t.Name, t.Why)
	case t.State == Shaken:
		p.line("✗ %s: fails with delays in real time, in repetition %d; it need not fail every time", t.Name, t.Repeats)
		p.line("    its schedules could not be explored: %s", t.Why)
	case t.Seed == 0:
		p.line("✗ %s: fails in any bubble, whatever the schedule", t.Name)
	default:
		p.line("✗ %s: fails under schedule %d", t.Name, t.Seed)
	}
	for _, f := range t.Findings {
		p.finding(f)
	}
	if t.Replay != "" {
		p.line("    again: %s", t.Replay)
	}
	if t.Timeline != "" {
		p.line("")
		for line := range strings.Lines(t.Timeline) {
			p.line("    %s", strings.TrimRight(line, "\n"))
		}
	}
	if verbose && t.Output != "" {
		p.line("    it printed:")
		for line := range strings.Lines(strings.TrimSpace(t.Output)) {
			p.line("    | %s", strings.TrimRight(line, "\n"))
		}
	}
	p.line("")
}

func (p *printer) finding(f grader.Finding) {
	where := ""
	if f.Pos.IsValid() {
		where = f.Pos.String() + ": "
	}
	p.line("    %s%s: %s", where, f.Cause, f.Message)
	if f.Got != "" || f.Want != "" {
		p.line("        got %s, want %s", f.Got, f.Want)
	}
	for _, n := range f.Notes {
		if n.Pos.IsValid() {
			p.line("        %s: %s", n.Pos, n.Text)
		} else {
			p.line("        %s", n.Text)
		}
	}
	if f.Help != "" {
		p.line("        → %s", f.Help)
	}
}

func (p *printer) unexplored(r *Report) {
	var lines []string
	for _, t := range r.Tests {
		if t.State == Unexplored {
			lines = append(lines, t.Name+": "+t.Why)
		}
	}
	p.list("not explored:", lines)
}

func (p *printer) list(head string, lines []string) {
	if len(lines) == 0 {
		return
	}
	p.line("%s", head)
	for _, l := range lines {
		p.line("    %s", l)
	}
	p.line("")
}

func (p *printer) sum(r *Report) {
	schedules, single := uint64(0), 0
	for _, t := range r.Tests {
		schedules += t.Schedules
		if t.Single {
			single++
		}
	}
	race := "with the race detector"
	if !r.Race {
		race = "without the race detector"
	}
	clean := fmt.Sprintf("%d clean", r.Count(Clean))
	if single > 0 {
		clean += fmt.Sprintf(" (%d of them start no goroutine)", single)
	}
	parts := []string{clean, fmt.Sprintf("%d failing under a schedule", r.Count(Found))}
	for _, more := range []struct {
		state State
		text  string
	}{{Shaken, "failing with delays in real time"}, {FailsAlone, "failing by themselves"}, {Unexplored, "not explored"}, {Skipped, "skipped by themselves"}} {
		if n := r.Count(more.state); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, more.text))
		}
	}
	p.line("%s: %s; %d schedules, %s", r.Package, strings.Join(parts, ", "), schedules, race)
}
