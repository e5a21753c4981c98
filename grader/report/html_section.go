package report

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
)

// Bounds of a page: text in characters, the others in number. Beyond them, the
// page says how much was left out.
const (
	maxText        = 2_000
	maxEvidence    = 8_000
	maxChecks      = 200
	maxListed      = 50  // findings of a submission that does not build, and warnings
	maxPerCheck    = 5   // findings of a criterion
	maxPerVerbose  = 20  // the same with Options.Verbose
	maxPerReport   = 150 // findings
	maxNotes       = 20
	maxPlots       = 8
	maxHashShown   = 12
	maxConfinement = 20
)

// section is one report in the page.
type section struct {
	ID, Name      string
	Folder        string
	Points        string
	Outcome, Mark string // in words, and as a sign
	Class         string
	Next          string
	Error         string
	Facts         []fact
	Checks        []checkRow
	ChecksLeft    int
	Score, Max    int
	Stopped       *explained
	Failed        []explained
	Warnings      *explained
	Plots         []plot
}

// fact is a line of a report's head.
type fact struct{ Name, Value string }

// checkRow is a criterion in the table.
type checkRow struct {
	verdictMark
	Name, Href  string
	Points, Max int
	Note        string
}

// explained is a heading with findings.
type explained struct {
	ID, Title string
	Findings  []findingView
	Left      int // findings that the page leaves out
}

// verdictMark is a verdict as a sign, a word and a class of the style sheet.
type verdictMark struct{ Mark, Word, Class string }

func markOf(v grader.Verdict) verdictMark {
	switch v {
	case grader.Passed:
		return verdictMark{"✓", "passed", "good"}
	case grader.Failed:
		return verdictMark{"✗", "failed", "bad"}
	case grader.Skipped:
		return verdictMark{"–", "not judged", "dim"}
	case grader.Unmeasurable:
		return verdictMark{"?", "not measurable here", "warn"}
	}
	return verdictMark{"!", "the grader failed", "warn"}
}

// drafter makes a section, and remembers what the page has shown already.
type drafter struct {
	r       *grader.Report
	o       Options
	id      string
	lines   map[string][]string // of files, by name
	told    map[grader.Cause]bool
	stories map[string]string // test and seed → id of the finding that shows it
	shown   int
}

func newSection(i int, r *grader.Report, o Options) (section, error) {
	d := &drafter{
		r: r, o: o, id: "r" + strconv.Itoa(i+1),
		lines: map[string][]string{}, told: map[grader.Cause]bool{}, stories: map[string]string{},
	}
	s := section{ID: d.id, Name: nameOf(r), Folder: cut(r.Submission.Dir, maxText), Points: scoreText(r), Score: r.Score, Max: r.MaxScore, Error: cut(r.Error, maxText), Facts: facts(r)}
	verdict := outcome(r)
	s.Mark, s.Outcome, s.Class = verdict.Mark, verdict.Word, verdict.Class
	if err := d.findings(&s); err != nil {
		return s, err
	}
	d.checks(&s)
	plots, err := d.plots()
	s.Plots = plots
	return s, err
}

func outcome(r *grader.Report) verdictMark {
	switch {
	case r.Status == grader.StatusRefused:
		return verdictMark{"✗", "the submission is refused", "bad"}
	case r.Status == grader.StatusBuildFailed:
		return verdictMark{"✗", "the submission does not build", "bad"}
	case r.Status == grader.StatusTimeout:
		return verdictMark{"✗", "the grading was stopped: it took too long", "bad"}
	case r.Status == grader.StatusError:
		return verdictMark{"!", "the grader or the machine failed; this costs no points", "warn"}
	case r.AllPassed():
		return verdictMark{"✓", "everything assessed passed", "good"}
	}
	return verdictMark{"✗", "graded, and not everything passed", "bad"}
}

// facts are those that are known, in the order in which they are shown.
func facts(r *grader.Report) []fact {
	g, s := r.Grader, r.Submission
	var all []fact
	add := func(name, value string) {
		if value != "" {
			all = append(all, fact{name, cut(value, maxText)})
		}
	}
	add("Submission", cmp.Or(s.Dir, s.ID))
	add("Commit", s.Commit)
	if s.SubmittedAt != nil {
		add("Submitted", s.SubmittedAt.Format(time.RFC3339))
	}
	add("Hash of the files", shortHash(s.Hash))
	add("Seed", strconv.FormatUint(r.Seed, 10))
	if n := r.Schedules(); n > 0 {
		add("Explored", plural(n, "schedule"))
	}
	if n := r.Repeats(); n > 0 {
		add("Repeated", fmt.Sprintf("%d times with delays in real time, which may miss something", n))
	}
	add("Took", fmt.Sprintf("%.1f s", (time.Duration(r.ElapsedMS)*time.Millisecond).Seconds()))
	add("Go", strings.TrimSpace(g.Go+" "+join("/", g.OS, g.Arch)))
	if g.EffectiveCPUs > 0 {
		add("Processors", strconv.FormatFloat(g.EffectiveCPUs, 'f', -1, 64))
	}
	add("Confined by", strings.Join(g.Confinement[:min(len(g.Confinement), maxConfinement)], ", "))
	add("Grader", g.Version)
	add("Exercise", strings.TrimSpace(r.Exercise.Version+" "+shortHash(r.Exercise.Hash)))
	return all
}

func join(sep string, words ...string) string { return strings.Trim(strings.Join(words, sep), sep) }

func shortHash(hash string) string { return hash[:min(len(hash), maxHashShown)] }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// cut shortens text to n characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for i := range s {
		if n == 0 {
			return s[:i] + "…"
		}
		n--
	}
	return s
}

// checks makes the table, and links criteria to what explains them.
func (d *drafter) checks(s *section) {
	href := map[string]string{}
	for _, e := range s.Failed {
		href[e.ID] = "#" + e.ID
	}
	for i, c := range d.r.Checks {
		if i == maxChecks {
			s.ChecksLeft = len(d.r.Checks) - i
			break
		}
		s.Checks = append(s.Checks, checkRow{
			verdictMark: markOf(c.Verdict), Name: cut(c.Name, maxText), Href: href[d.checkID(i)],
			Points: c.Points, Max: c.MaxPoints, Note: cut(noteOf(c), maxText),
		})
		if s.Next == "" && c.Verdict == grader.Failed {
			s.Next = cut(c.Hint, maxText)
		}
	}
}

func (d *drafter) checkID(i int) string { return fmt.Sprintf("%s-c%d", d.id, i+1) }

// noteOf says why a verdict is neither passed nor failed, or how often a
// check failed.
func noteOf(c grader.CheckReport) string {
	switch {
	case c.Verdict == grader.Unmeasurable:
		return "costs nothing: " + c.Message
	case c.Verdict == grader.Failed && c.Failures == 1 && len(c.Findings) > 0 && c.Findings[0].Seed > 0:
		return fmt.Sprintf("in schedule %d", c.Findings[0].Seed)
	case c.Verdict == grader.Failed && c.Runs > 1:
		return fmt.Sprintf("in %d of %d runs", c.Failures, c.Runs)
	case c.Verdict == grader.Passed || c.Verdict == grader.Failed:
		return ""
	}
	return c.Message
}
