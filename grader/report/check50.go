package report

import (
	"cmp"
	"io"
	"strings"

	"github.com/weft-course/weft/grader"
)

func check50Format() Format {
	return Format{Name: "check50", Doc: "what check50 -o json writes; one object a line when several are graded", Write: writeCheck50}
}

// The fields are those of cs50.github.io/check50/json_specification.html.
type (
	check50Result struct {
		Slug    string         `json:"slug"`
		Results []check50Check `json:"results,omitzero"`
		Error   *check50Error  `json:"error,omitempty"`
		Version string         `json:"version"`
	}
	check50Check struct {
		Name        string         `json:"name"`
		Description string         `json:"description"`
		Passed      *bool          `json:"passed"` // null: neither
		Log         []string       `json:"log"`
		Cause       *check50Cause  `json:"cause"`
		Data        map[string]any `json:"data"`
		Dependency  *string        `json:"dependency"`
	}
	// check50Cause says why a check did not pass. Expected and Actual come as a
	// pair or not at all.
	check50Cause struct {
		Rationale string  `json:"rationale"`
		Help      *string `json:"help"`
		Expected  *string `json:"expected,omitempty"`
		Actual    *string `json:"actual,omitempty"`
	}
	check50Error struct {
		Type      string         `json:"type"`
		Value     string         `json:"value"`
		Traceback []string       `json:"traceback"`
		Data      map[string]any `json:"data"`
	}
)

// check50Gate is the check that a submission which is not judged fails; all
// others depend on it.
const check50Gate = "submission"

func writeCheck50(w io.Writer, reports []*grader.Report, o Options) error {
	objects := make([]check50Result, len(reports))
	for i, r := range reports {
		objects[i] = newCheck50Result(r, o)
	}
	return writeObjects(w, objects)
}

func newCheck50Result(r *grader.Report, o Options) check50Result {
	out := check50Result{Slug: cmp.Or(flat(r.Exercise.Slug), flat(r.Submission.ID)), Version: flat(r.Grader.Version)}
	why := stopped(r)
	if broke(r) {
		out.Error = &check50Error{Type: "GraderError", Value: why, Traceback: []string{}, Data: map[string]any{}}
		return out
	}
	out.Results = []check50Check{}
	gate := ""
	if why != "" {
		gate = check50Gate
		out.Results = append(out.Results, check50Check{
			Name: gate, Description: "the submission can be judged", Passed: new(bool), Log: logOf(findingsText(r.Findings, o)),
			Cause: &check50Cause{Rationale: why, Help: firstHelp(r.Findings)}, Data: map[string]any{},
		})
	}
	for _, c := range r.Checks {
		out.Results = append(out.Results, newCheck50Check(c, gate, o))
	}
	return out
}

func newCheck50Check(c grader.CheckReport, gate string, o Options) check50Check {
	out := check50Check{Name: flat(c.ID), Description: flat(c.Name), Log: []string{}, Data: checkExtras(c)}
	if len(c.DependsOn) > 0 {
		gate = c.DependsOn[0]
	}
	if gate != "" {
		out.Dependency = some(flat(gate))
	}
	passed := c.Verdict == grader.Passed
	switch c.Verdict {
	case grader.Passed:
		out.Passed = &passed
	case grader.Failed:
		out.Passed, out.Cause, out.Log = &passed, check50CauseOf(c), logOf(details(c, o))
	default:
		out.Cause = &check50Cause{Rationale: reason(c)}
	}
	return out
}

func check50CauseOf(c grader.CheckReport) *check50Cause {
	cause := &check50Cause{Rationale: message(c)}
	if c.Hint != "" {
		cause.Help = some(flat(c.Hint))
	}
	if len(c.Findings) > 0 {
		first := c.Findings[0]
		if first.Got != "" || first.Want != "" {
			cause.Expected, cause.Actual = some(oneLine(first.Want)), some(oneLine(first.Got))
		}
		cause.Help = cmp.Or(firstHelp(c.Findings), cause.Help)
	}
	return cause
}

// firstHelp is the next step that the findings know, or nil.
func firstHelp(list []grader.Finding) *string {
	for _, f := range list {
		if f.Help != "" {
			return some(flat(f.Help))
		}
	}
	return nil
}

// logOf splits text into the lines of a log.
func logOf(text string) []string {
	if text == "" {
		return []string{}
	}
	return strings.Split(text, "\n")
}

func some(s string) *string { return &s }
