package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"github.com/weft-course/weft/grader"
)

func csvFormat() Format {
	return Format{Name: "csv", Doc: "a row a criterion, for spreadsheets and scripts", Write: writeCSV}
}

// csvHeader names the columns. A row without a criterion says why a submission
// was not judged.
var csvHeader = []string{
	"exercise", "submission", "folder", "commit", "submitted_at", "status", "criterion", "name", "stage", "verdict", "cause",
	"points", "max_points", "runs", "failures", "file", "line", "message", "score", "max_score", "unmeasurable_points", "seed",
}

func writeCSV(out io.Writer, reports []*grader.Report, _ Options) error {
	w := csv.NewWriter(out)
	if err := w.Write(csvHeader); err != nil {
		return err
	}
	for _, r := range reports {
		if why := stopped(r); why != "" {
			if err := w.Write(csvRow(r, csvStopped(r, why))); err != nil {
				return err
			}
		}
		for _, c := range r.Checks {
			if err := w.Write(csvRow(r, c)); err != nil {
				return err
			}
		}
	}
	w.Flush()
	return w.Error()
}

// csvStopped is the row of a submission that was not judged: no check, no points.
func csvStopped(r *grader.Report, why string) grader.CheckReport {
	c := grader.CheckReport{Message: why}
	if len(r.Findings) > 0 {
		first := r.Findings[0]
		c.Kind, c.Message, c.Location = first.Cause, why+": "+first.Message, &first.Pos
	}
	return c
}

func csvRow(r *grader.Report, c grader.CheckReport) []string {
	var at, file, line string
	if t := r.Submission.SubmittedAt; t != nil {
		at = t.UTC().Format(time.RFC3339)
	}
	if c.Location != nil && c.Location.IsValid() {
		file, line = c.Location.File, strconv.Itoa(c.Location.Line)
	}
	if c.Verdict == grader.Failed {
		c.Message = message(c)
	}
	row := []string{
		r.Exercise.Slug, r.Submission.ID, r.Submission.Dir, r.Submission.Commit, at, string(r.Status),
		c.ID, c.Name, c.Group, string(c.Verdict), string(c.Kind),
		strconv.Itoa(c.Points), strconv.Itoa(c.MaxPoints), strconv.Itoa(c.Runs), strconv.Itoa(c.Failures), file, line, c.Message,
		strconv.Itoa(r.Score), strconv.Itoa(r.MaxScore), strconv.Itoa(r.Unmeasurable), strconv.FormatUint(r.Seed, 10),
	}
	for i := range row {
		row[i] = cell(row[i])
	}
	return row
}

// cell makes text harmless for a spreadsheet: one clean line that is never
// taken for a formula. The apostrophe is part of the cell.
func cell(s string) string {
	if grader.IsFormula(s) {
		return "'" + flat(s)
	}
	return flat(s)
}
