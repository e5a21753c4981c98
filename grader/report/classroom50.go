package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
)

func classroom50Format() Format {
	return Format{
		Name: "classroom50", Doc: "result.json of a Classroom 50 autograder; exit status 0 whenever graded",
		Write: writeClassroom50, Check: checkClassroom50, AlwaysPassed: true,
	}
}

// The fields are those of schemas/result-v1.schema.json in foundation50/classroom50.
// It allows no others but in tests.
type (
	classroom50Result struct {
		Schema         string            `json:"schema"`
		Classroom      string            `json:"classroom"`
		Assignment     string            `json:"assignment"`
		AssignmentType string            `json:"assignment_type"`
		Owner          string            `json:"owner"`
		Submission     string            `json:"submission"`
		Commit         string            `json:"commit"`
		Release        string            `json:"release"`
		Review         string            `json:"review"`
		Datetime       string            `json:"datetime"`
		GradedAt       string            `json:"graded_at,omitempty"`
		Score          int               `json:"score"`
		MaxScore       int               `json:"max-score"`
		Tests          []classroom50Test `json:"tests"`
	}
	classroom50Test struct {
		Name     string `json:"test-name"`
		Passed   bool   `json:"passed"`
		Score    int    `json:"score"`
		MaxScore int    `json:"max-score"`
		Output   string `json:"output,omitempty"`
	}
)

// classroom50Time is the only form of a time that the schema allows, in UTC.
const classroom50Time = "2006-01-02T15:04:05Z"

// checkClassroom50 names the variables that the runner sets and that are missing.
func checkClassroom50(o Options) error {
	var missing []string
	for _, name := range []string{"CLASSROOM", "ASSIGNMENT", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL"} {
		if o.env(name) == "" {
			missing = append(missing, name)
		}
	}
	if o.env("OWNER") == "" && o.env("USERNAME") == "" {
		missing = append(missing, "OWNER")
	}
	if len(missing) > 0 {
		return fmt.Errorf("the format classroom50 is for the runner of Classroom 50; these of its variables are not set: %s", strings.Join(missing, ", "))
	}
	return nil
}

// writeClassroom50 writes one object for all reports. What could not be
// measured is neither passed nor failed, so it is no test, and its points are
// no part of the sum. Where the grader failed there is no result: an exit
// status other than 0 makes the runner report that itself.
func writeClassroom50(w io.Writer, reports []*grader.Report, o Options) error {
	if err := checkClassroom50(o); err != nil {
		return err
	}
	out := classroom50Result{
		Schema: "classroom50/result/v1", Classroom: flat(o.env("CLASSROOM")), Assignment: flat(o.env("ASSIGNMENT")),
		AssignmentType: cmp.Or(flat(o.env("ASSIGNMENT_TYPE")), "individual"), Owner: flat(cmp.Or(o.env("OWNER"), o.env("USERNAME"))),
		Submission: flat(o.env("SUBMISSION_TAG")), Commit: flat(o.env("COMMIT_URL")), Release: flat(o.env("RELEASE_URL")),
		Review: flat(cmp.Or(o.env("REVIEW_URL"), o.env("COMMIT_URL"))), Datetime: submitted(reports, o.Now).UTC().Format(classroom50Time), Tests: []classroom50Test{},
	}
	if !o.Now.IsZero() {
		out.GradedAt = o.Now.UTC().Format(classroom50Time)
	}
	for _, r := range reports {
		if broke(r) {
			return errors.New("no result for Classroom 50: " + labelled(r, reports) + stopped(r))
		}
		out.Tests = append(out.Tests, classroom50Tests(r, reports, o)...)
	}
	for _, t := range out.Tests {
		out.Score += t.Score
		out.MaxScore += t.MaxScore
	}
	return writeObject(w, out)
}

// submitted is the latest time of submission that is known, or now. The runner
// sets the field again from the commit.
func submitted(reports []*grader.Report, now time.Time) time.Time {
	var last time.Time
	for _, r := range reports {
		if t := r.Submission.SubmittedAt; t != nil && t.After(last) {
			last = *t
		}
	}
	if last.IsZero() {
		return now
	}
	return last
}

func classroom50Tests(r *grader.Report, all []*grader.Report, o Options) (list []classroom50Test) {
	before := labelled(r, all)
	if why := stopped(r); why != "" {
		list = append(list, classroom50Test{Name: before + "the submission can be judged", Output: joined([]string{why, findingsText(r.Findings, o)})})
	}
	for _, c := range r.Checks {
		if undecided(c) {
			continue
		}
		t := classroom50Test{Name: before + flat(c.Name), Passed: c.Verdict == grader.Passed, Score: c.Points, MaxScore: c.MaxPoints}
		switch c.Verdict {
		case grader.Passed:
		case grader.Failed:
			t.Output = cmp.Or(details(c, o), message(c))
		default:
			t.Output = reason(c)
		}
		list = append(list, t)
	}
	return list
}
