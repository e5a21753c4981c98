package report

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
)

// maxDetails is how many findings of one criterion are written out without
// --verbose where there is room; the others are counted.
const maxDetails = 10

// flat makes one clean line of text that a submission may have written.
func flat(s string) string {
	return grader.Clean(strings.Join(strings.Fields(s), " "))
}

// label names a report among those written together: by its exercise, and by
// its folder too where the exercise was graded more than once.
func label(r *grader.Report, all []*grader.Report) string {
	same := 0
	for _, other := range all {
		if other.Exercise.Slug == r.Exercise.Slug {
			same++
		}
	}
	name := cmp.Or(flat(r.Exercise.Slug), flat(r.Submission.Dir), flat(r.Submission.ID), "submission")
	if dir := flat(r.Submission.Dir); same > 1 && r.Exercise.Slug != "" && dir != "" {
		name += " (" + dir + ")"
	}
	return name
}

// labelled is what distinguishes the checks of several reports in one list.
func labelled(r *grader.Report, all []*grader.Report) string {
	if len(all) == 1 {
		return ""
	}
	return label(r, all) + ": "
}

// stopped says why nothing was judged, or "" where the grading went through.
func stopped(r *grader.Report) string {
	switch r.Status {
	case grader.StatusGraded:
		return ""
	case grader.StatusRefused:
		return "the submission is refused"
	case grader.StatusBuildFailed:
		return "the submission does not build"
	case grader.StatusTimeout:
		return "the grading was stopped: it took too long"
	}
	return "the grading failed, which costs no points: " + cmp.Or(flat(r.Error), "no reason given")
}

// broke reports whether the grader or the machine failed. No format may make
// points of such a report: neither given nor taken.
func broke(r *grader.Report) bool {
	switch r.Status {
	case grader.StatusGraded, grader.StatusRefused, grader.StatusBuildFailed, grader.StatusTimeout:
		return false
	}
	return true
}

// undecided reports whether the check was neither won nor lost by the student:
// its points are neither given nor taken.
func undecided(c grader.CheckReport) bool {
	return c.Verdict == grader.Unmeasurable || c.Verdict == grader.Errored
}

// failedChecks counts the checks that failed.
func failedChecks(r *grader.Report) (n int) {
	for _, c := range r.Checks {
		if c.Verdict == grader.Failed {
			n++
		}
	}
	return n
}

// reason says why a check neither passed nor failed.
func reason(c grader.CheckReport) string {
	why := cmp.Or(flat(c.Message), "no reason given")
	switch c.Verdict {
	case grader.Unmeasurable:
		return "not measurable here, costs nothing: " + why
	case grader.Errored:
		return "the grader failed here, costs nothing: " + why
	}
	return cmp.Or(flat(c.Message), "not judged")
}

// message says in one line what is wrong with a failed check.
func message(c grader.CheckReport) string {
	if len(c.Findings) == 0 {
		return cmp.Or(flat(c.Message), flat(c.Name)+" does not hold")
	}
	f := c.Findings[0]
	head, body := headline(f)
	if s := values(f); s != "" {
		body = strings.TrimPrefix(body+": "+s, ": ")
	}
	if body != "" {
		head += " (" + body + ")"
	}
	return cmp.Or(flat(head), flat(c.Name)+" does not hold")
}

// headline is the rule that does not hold, with what was seen; or what was
// seen, where it speaks for itself.
func headline(f grader.Finding) (head, body string) {
	if f.Rule == "" || f.Cause != grader.CauseAssertion {
		return f.Message, ""
	}
	return f.Rule, f.Message
}

// compared returns what was compared, or false where there is nothing or the
// message is of the kind "got this, want that".
func compared(f grader.Finding) (got, want string, ok bool) {
	_, said, _ := strings.Cut(f.Message, "got ")
	if f.Got == "" && f.Want == "" || strings.Contains(said, ", want ") {
		return "", "", false
	}
	return oneLine(f.Got), oneLine(f.Want), true
}

// values says what was compared, where the message does not.
func values(f grader.Finding) string {
	got, want, ok := compared(f)
	if !ok {
		return ""
	}
	return fmt.Sprintf("got %s, want %s", got, want)
}

// often says how many of the runs failed, where not all did, or in which schedule.
func often(c grader.CheckReport) string {
	switch {
	case c.Failures == 1 && len(c.Findings) > 0 && c.Findings[0].Seed > 0:
		return fmt.Sprintf("in schedule %d", c.Findings[0].Seed)
	case c.Failures > 0 && c.Failures < c.Runs:
		return fmt.Sprintf("in %d of %d runs", c.Failures, c.Runs)
	}
	return ""
}

// details writes the findings of a failed check as text, and the next step.
func details(c grader.CheckReport, o Options) string {
	parts := []string{findingsText(c.Findings, o)}
	if s := often(c); s != "" {
		parts = append(parts, "It failed "+s+".")
	}
	if c.Hint != "" {
		parts = append(parts, "next: "+flat(c.Hint))
	}
	return joined(parts)
}

// findingsText writes findings as text, as the terminal shows them, a blank line
// between two.
func findingsText(list []grader.Finding, o Options) string {
	var parts []string
	for i, f := range list {
		if i == maxDetails && !o.Verbose {
			parts = append(parts, fmt.Sprintf("… and %d more", len(list)-i))
			break
		}
		parts = append(parts, findingText(f, o))
	}
	return joined(parts)
}

// findingText writes one finding as text without colour.
func findingText(f grader.Finding, o Options) string {
	var b bytes.Buffer
	p := newPrinter(&b, Options{Verbose: o.Verbose, Source: o.Source})
	p.finding(f, true)
	lines := strings.Split(strings.TrimRight(b.String(), "\n"), "\n")
	for i := range lines {
		lines[i] = strings.TrimPrefix(lines[i], strings.Repeat(" ", findingIndent))
	}
	return grader.Clean(strings.Join(lines, "\n"))
}

// findingIndent is how far the terminal's findings are indented.
const findingIndent = 6

// joined puts blank lines between the parts that say anything.
func joined(parts []string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "\n\n")
}

// scoreText is "25 of 100 points", with what could not be measured.
func scoreText(r *grader.Report) string {
	s := fmt.Sprintf("%d of %d points", r.Score, r.MaxScore)
	if r.Unmeasurable > 0 {
		s += fmt.Sprintf(", %d not measurable here", r.Unmeasurable)
	}
	return s
}

// total adds the points of several reports.
func total(reports []*grader.Report) (sum grader.Report) {
	for _, r := range reports {
		sum.Score += r.Score
		sum.MaxScore += r.MaxScore
		sum.Unmeasurable += r.Unmeasurable
		sum.ElapsedMS += r.ElapsedMS
	}
	return sum
}

func elapsed(ms int64) time.Duration { return time.Duration(ms) * time.Millisecond }
