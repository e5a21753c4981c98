package report

import (
	"cmp"
	"fmt"
	"io"

	"github.com/weft-course/weft/grader"
)

func gradescopeFormat() Format {
	return Format{Name: "gradescope", Doc: "results.json of a Gradescope autograder", Write: writeGradescope, Early: true}
}

// The fields are those of gradescope-autograders.readthedocs.io/en/latest/specs.
// A test without a score counts nothing; the total is always told apart.
type (
	gradescopeResult struct {
		Score            *int             `json:"score,omitempty"`
		ExecutionTime    float64          `json:"execution_time"` // seconds
		Output           string           `json:"output"`
		OutputFormat     string           `json:"output_format"`
		TestOutputFormat string           `json:"test_output_format"`
		Visibility       string           `json:"visibility"`
		StdoutVisibility string           `json:"stdout_visibility"`
		ExtraData        map[string]any   `json:"extra_data"`
		Tests            []gradescopeTest `json:"tests"`
	}
	gradescopeTest struct {
		Score        *int           `json:"score,omitempty"`
		MaxScore     *int           `json:"max_score,omitempty"`
		Status       string         `json:"status,omitempty"`
		Name         string         `json:"name"`
		Number       string         `json:"number"`
		Output       string         `json:"output,omitempty"`
		OutputFormat string         `json:"output_format"`
		Tags         []string       `json:"tags,omitempty"`
		Visibility   string         `json:"visibility"`
		ExtraData    map[string]any `json:"extra_data"`
	}
)

// gradescopeText is the format of every output: text, which Gradescope escapes.
const gradescopeText = "text"

// writeGradescope writes one object for all reports. Where the grader failed
// it has no score: Gradescope then reports a fault of the autograder instead
// of taking points.
func writeGradescope(w io.Writer, reports []*grader.Report, o Options) error {
	sum := total(reports)
	out := gradescopeResult{
		Score: &sum.Score, ExecutionTime: elapsed(sum.ElapsedMS).Seconds(), OutputFormat: gradescopeText, TestOutputFormat: gradescopeText,
		Visibility: visible, StdoutVisibility: "hidden", ExtraData: map[string]any{"schema": grader.ResultSchema, "reports": gradescopeExtras(reports)},
		Tests: []gradescopeTest{},
	}
	var notes []string
	for i, r := range reports {
		notes = append(notes, gradescopeNotes(r, reports, o))
		if broke(r) {
			out.Score = nil
		}
		for j, c := range r.Checks {
			number := fmt.Sprint(j + 1)
			if len(reports) > 1 {
				number = fmt.Sprintf("%d.%d", i+1, j+1)
			}
			out.Tests = append(out.Tests, newGradescopeTest(labelled(r, reports), number, c, o))
		}
	}
	if out.Score == nil {
		for i := range out.Tests { // or Gradescope would add these up
			out.Tests[i].Score, out.Tests[i].MaxScore = nil, nil
		}
	}
	out.Output = joined(notes)
	return writeObject(w, out)
}

const visible = "visible"

// gradescopeNotes is what the student reads above the tests: why nothing was
// judged, what could not be measured, and what go vet says.
func gradescopeNotes(r *grader.Report, all []*grader.Report, o Options) string {
	var parts []string
	if why := stopped(r); why != "" {
		parts = append(parts, labelled(r, all)+why, findingsText(r.Findings, o))
	}
	if r.Unmeasurable > 0 {
		parts = append(parts, labelled(r, all)+fmt.Sprintf("%d of %d points could be neither given nor taken on this machine. They are not part of the score.", r.Unmeasurable, r.MaxScore))
	}
	for _, f := range r.Warnings {
		parts = append(parts, "go vet: "+findingText(f, o))
	}
	return joined(parts)
}

func newGradescopeTest(before, number string, c grader.CheckReport, o Options) gradescopeTest {
	t := gradescopeTest{
		Score: &c.Points, MaxScore: &c.MaxPoints, Status: "failed", Name: before + flat(c.Name), Number: number, OutputFormat: gradescopeText,
		Tags: []string{flat(c.Group)}, Visibility: cmp.Or(flat(c.Visibility), visible), ExtraData: checkExtras(c),
	}
	switch {
	case c.Verdict == grader.Passed:
		t.Status = "passed"
	case c.Verdict == grader.Failed:
		t.Output = cmp.Or(details(c, o), message(c))
	case undecided(c):
		t.Score, t.MaxScore, t.Status, t.Output = nil, nil, "", reason(c)
	default:
		t.Output = reason(c)
	}
	return t
}

func gradescopeExtras(reports []*grader.Report) (list []map[string]any) {
	for _, r := range reports {
		list = append(list, map[string]any{
			"exercise": flat(r.Exercise.Slug), "exercise_hash": flat(r.Exercise.Hash), "submission_hash": flat(r.Submission.Hash), "status": string(r.Status),
			"score": r.Score, "max_score": r.MaxScore, "unmeasurable_points": r.Unmeasurable, "seed": r.Seed, "grader": flat(r.Grader.Version), "go": flat(r.Grader.Go),
		})
	}
	return list
}

// checkExtras is what machines may want to know of a check.
func checkExtras(c grader.CheckReport) map[string]any {
	m := map[string]any{"id": flat(c.ID), "verdict": cmp.Or(string(c.Verdict), "unknown"), "points": c.Points, "max_points": c.MaxPoints, "runs": c.Runs, "failures": c.Failures}
	if c.Kind != "" {
		m["cause"] = flat(string(c.Kind))
	}
	if c.Location != nil && c.Location.IsValid() {
		m["file"], m["line"] = flat(c.Location.File), c.Location.Line
	}
	return m
}
