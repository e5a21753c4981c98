package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/charmbracelet/lipgloss"
	"github.com/charmbracelet/x/ansi"
	"github.com/muesli/termenv"

	"github.com/weft-course/weft/grader"
)

func text() Format {
	return Format{Name: "text", Doc: "for people, in the terminal", Write: writeText}
}

// Without --verbose, the first criteria that fail are explained with a finding
// each, and the others have a line: one mistake often shows in many places.
const (
	maxExplained = 3
	maxFindings  = 1
	minRoom      = 20       // columns worth breaking lines for
	noBreak      = "\u2011" // stands for a hyphen where no line shall be broken
)

// printer writes text, remembering the first error.
type printer struct {
	w   io.Writer
	o   Options
	err error

	good, bad, dim, warn, strong lipgloss.Style
}

func newPrinter(w io.Writer, o Options) *printer {
	r := lipgloss.NewRenderer(w)
	r.SetColorProfile(termenv.Ascii)
	if o.Color {
		r.SetColorProfile(termenv.ANSI)
	}
	color := func(c string) lipgloss.Style { return r.NewStyle().Foreground(lipgloss.Color(c)) }
	return &printer{w: w, o: o, good: color("2"), bad: color("1"), warn: color("3"), dim: r.NewStyle().Faint(true), strong: r.NewStyle().Bold(true)}
}

func (p *printer) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func writeText(w io.Writer, reports []*grader.Report, o Options) error {
	p := newPrinter(w, o)
	for i, r := range reports {
		if i > 0 {
			p.printf("\n")
		}
		p.report(r)
	}
	return p.err
}

func (p *printer) report(r *grader.Report) {
	p.printf("%s  %s\n\n", p.strong.Render(grader.Clean(r.Exercise.Slug+"  "+r.Exercise.Title)), p.dim.Render(grader.Clean(r.Submission.Dir)))
	switch r.Status {
	case grader.StatusRefused:
		p.stopped("is refused", r)
	case grader.StatusBuildFailed:
		p.stopped("does not build", r)
	case grader.StatusError:
		p.printf("  %s %s\n", p.warn.Render("!"), grader.Clean(r.Error))
	default:
		p.checks(r)
	}
	for _, f := range r.Warnings {
		p.printf("  %s %s\n", p.warn.Render("!"), p.strong.Render("go vet: "+grader.Clean(f.Message)))
		p.place(f.Pos, 6)
	}
	p.score(r)
}

func (p *printer) stopped(word string, r *grader.Report) {
	p.printf("  %s %s\n", p.bad.Render("✗"), p.strong.Render("the submission "+word))
	for i, f := range r.Findings {
		if i == 5 && !p.o.Verbose {
			p.printf("      … and %d more\n", len(r.Findings)-i)
			break
		}
		p.finding(f, i == 0)
	}
}

func (p *printer) checks(r *grader.Report) {
	width := 0
	for _, c := range r.Checks {
		width = max(width, lipgloss.Width(grader.Clean(c.Name)))
	}
	explained := 0
	for _, c := range r.Checks {
		name := grader.Clean(c.Name)
		name += strings.Repeat(" ", width-lipgloss.Width(name))
		p.printf("  %s %s  %s%s\n", p.mark(c.Verdict), name, p.dim.Render(fmt.Sprintf("%3d/%d", c.Points, c.MaxPoints)), p.aside(c))
		if c.Verdict == grader.Failed && (explained < maxExplained || p.o.Verbose) {
			p.findings(c)
			explained++
		}
	}
}

func (p *printer) findings(c grader.CheckReport) {
	shown := c.Findings
	if len(shown) > maxFindings && !p.o.Verbose {
		shown = shown[:maxFindings]
	}
	for _, f := range shown {
		p.finding(f, f.Cause != grader.CauseAssertion)
	}
	if more := len(c.Findings) - len(shown); more > 0 {
		p.printf("      %s\n", p.dim.Render(fmt.Sprintf("… and %d more (--verbose shows all)", more)))
	}
}

func (p *printer) mark(v grader.Verdict) string {
	switch v {
	case grader.Passed:
		return p.good.Render("✓")
	case grader.Failed:
		return p.bad.Render("✗")
	case grader.Unmeasurable:
		return p.warn.Render("?")
	}
	return p.dim.Render("-")
}

// aside says, behind the points, why a verdict is neither passed nor failed,
// or how often a check failed.
func (p *printer) aside(c grader.CheckReport) string {
	switch {
	case c.Verdict == grader.Unmeasurable:
		return "  " + p.warn.Render("not measurable here, costs nothing: "+grader.Clean(c.Message))
	case c.Verdict == grader.Skipped && c.Message != "":
		return "  " + p.dim.Render(grader.Clean(c.Message))
	case c.Verdict == grader.Failed && c.Failures == 1 && len(c.Findings) > 0 && c.Findings[0].Seed > 0:
		return "  " + p.dim.Render(fmt.Sprintf("in schedule %d", c.Findings[0].Seed))
	case c.Verdict == grader.Failed && c.Runs > 1 && c.Failures < c.Runs:
		return "  " + p.dim.Render(fmt.Sprintf("in %d of %d runs", c.Failures, c.Runs))
	}
	return ""
}

// finding prints one mistake: what should hold, what is wrong, where, and
// what to look at.
func (p *printer) finding(f grader.Finding, excerpt bool) {
	head, body := headline(f)
	p.wrapped(p.strong.Render(grader.Clean(head)), 6)
	if body != "" && body != head {
		p.wrapped(grader.Clean(body), 6)
	}
	if s := values(f); s != "" {
		p.wrapped(s, 6)
	}
	p.place(f.Pos, 6)
	if excerpt {
		p.excerpt(f.Pos)
	}
	for _, n := range f.Notes {
		text := grader.Clean(n.Text)
		if n.Pos.IsValid() {
			text += "  " + p.dim.Render(grader.Clean(n.Pos.String()))
		}
		p.wrapped(text, 8)
		if n.Command != "" {
			p.indented(grader.Clean(n.Command), 10)
		}
	}
	if head == f.Message && f.Rule != "" {
		p.wrapped(p.dim.Render("seen while checking: "+grader.Clean(f.Rule)), 6)
	}
	if f.Help != "" {
		p.wrapped("→ "+grader.Clean(f.Help), 6)
	}
	if p.o.Verbose && f.Evidence != "" {
		p.indented(p.dim.Render(grader.Clean(f.Evidence)), 8)
	}
}

func oneLine(s string) string {
	if s == "" {
		return "nothing"
	}
	return strings.Join(strings.Fields(grader.Clean(s)), " ")
}

func (p *printer) indented(s string, n int) {
	for line := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		p.printf("%s%s\n", strings.Repeat(" ", n), line)
	}
}

// wrapped breaks long lines between words. What cannot be broken, like a path,
// is left to the terminal.
func (p *printer) wrapped(s string, n int) {
	if room := p.o.Width - n; room >= minRoom {
		s = strings.ReplaceAll(ansi.Wordwrap(strings.ReplaceAll(s, "-", noBreak), room, ""), noBreak, "-")
	}
	p.indented(s, n)
}

func (p *printer) place(pos grader.Position, indent int) {
	if !pos.IsValid() {
		return
	}
	p.printf("%s%s", strings.Repeat(" ", indent), grader.Clean(pos.String()))
	if pos.Func != "" {
		p.printf("  %s", p.dim.Render("in "+grader.Clean(pos.Func)))
	}
	p.printf("\n")
}

// excerpt shows the line with one before and one after.
func (p *printer) excerpt(pos grader.Position) {
	if !pos.IsValid() || p.o.Source == nil {
		return
	}
	lines := strings.Split(string(p.o.Source(pos.File)), "\n")
	for n := max(pos.Line-1, 1); n <= min(pos.Line+1, len(lines)); n++ {
		mark, style := " ", p.dim
		if n == pos.Line {
			mark, style = ">", p.strong
		}
		p.printf("      %s %s\n", mark, style.Render(fmt.Sprintf("%4d | %s", n, strings.ReplaceAll(grader.Clean(lines[n-1]), "\t", "    "))))
	}
}

func (p *printer) score(r *grader.Report) {
	points, rest := fmt.Sprintf("%d of %d points", r.Score, r.MaxScore), ""
	if r.Unmeasurable > 0 {
		rest = fmt.Sprintf(", %d not measurable here", r.Unmeasurable)
	}
	elapsed := time.Duration(r.ElapsedMS) * time.Millisecond
	facts := fmt.Sprintf("%.1f s, seed %d", elapsed.Seconds(), r.Seed)
	if n := r.Schedules(); n > 0 {
		facts += fmt.Sprintf(", %d schedules explored", n)
	}
	if n := r.Repeats(); n > 0 {
		facts += fmt.Sprintf(", %d repetitions with delays in real time, which may miss something", n)
	}
	room := p.o.Width
	if room >= minRoom && 2+len(points)+len(rest) > room {
		rest = strings.Replace(rest, ", ", "\n  ", 1)
	}
	p.printf("\n  %s%s", p.strong.Render(points), rest)
	if room < minRoom || 4+len(points)+len(rest)+len(facts) <= room {
		p.printf("  %s\n", p.dim.Render(facts))
	} else {
		p.printf("\n")
		p.wrapped(p.dim.Render(facts), 2)
	}
	if r.AllPassed() {
		p.printf("  %s\n", p.good.Render("everything assessed passed"))
		return
	}
	for _, c := range r.Checks {
		if c.Verdict == grader.Failed {
			p.wrapped("next: "+grader.Clean(c.Hint), 2)
			return
		}
	}
}
