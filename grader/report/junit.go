package report

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/weft-course/weft/grader"
)

func junitFormat() Format {
	return Format{Name: "junit", Doc: "JUnit XML, a suite an exercise and a case a criterion, for CI servers", Write: writeJUnit}
}

// The elements and attributes are those that gotestsum writes, with errors and
// skipped counted in the suites as the common schemas of JUnit's XML have them.
type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Time     string       `xml:"time,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Tests      int             `xml:"tests,attr"`
		Failures   int             `xml:"failures,attr"`
		Errors     int             `xml:"errors,attr"`
		Skipped    int             `xml:"skipped,attr"`
		Time       string          `xml:"time,attr"`
		Name       string          `xml:"name,attr"`
		Timestamp  string          `xml:"timestamp,attr,omitempty"`
		Properties []junitProperty `xml:"properties>property"`
		Cases      []junitCase     `xml:"testcase"`
	}
	junitProperty struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
	junitCase struct {
		Class      string          `xml:"classname,attr"`
		Name       string          `xml:"name,attr"`
		Time       string          `xml:"time,attr"`
		Properties []junitProperty `xml:"properties>property"`
		Skipped    *junitSkipped   `xml:"skipped"`
		Failure    *junitProblem   `xml:"failure"`
		Error      *junitProblem   `xml:"error"`
	}
	junitSkipped struct {
		Message string `xml:"message,attr"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

func writeJUnit(w io.Writer, reports []*grader.Report, o Options) error {
	all := junitSuites{Name: "weft", Time: junitTime(total(reports).ElapsedMS)}
	for _, r := range reports {
		s := newJUnitSuite(r, reports, o)
		all.Tests += s.Tests
		all.Failures += s.Failures
		all.Errors += s.Errors
		all.Suites = append(all.Suites, s)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, text)
	return err
}

func newJUnitSuite(r *grader.Report, all []*grader.Report, o Options) junitSuite {
	name := label(r, all)
	s := junitSuite{Name: name, Time: junitTime(r.ElapsedMS), Properties: suiteProperties(r)}
	if !o.Now.IsZero() {
		s.Timestamp = o.Now.UTC().Format(time.RFC3339)
	}
	if why := stopped(r); why != "" {
		s.Cases = append(s.Cases, stoppedCase(name, why, r, o))
	}
	for _, c := range r.Checks {
		s.Cases = append(s.Cases, newJUnitCase(name, c, o))
	}
	for _, c := range s.Cases {
		s.Tests++
		switch {
		case c.Failure != nil:
			s.Failures++
		case c.Error != nil:
			s.Errors++
		case c.Skipped != nil:
			s.Skipped++
		}
	}
	return s
}

// stoppedCase is an error, as readers of JUnit's XML expect it of a build.
func stoppedCase(suite, why string, r *grader.Report, o Options) junitCase {
	kind := "grader"
	if !broke(r) {
		kind = string(r.Status)
	}
	e := &junitProblem{Message: why, Type: kind, Text: findingsText(r.Findings, o)}
	if len(r.Findings) > 0 {
		e.Type, e.Message = cmp.Or(string(r.Findings[0].Cause), kind), why+": "+flat(r.Findings[0].Message)
	}
	return junitCase{Class: suite, Name: "submission", Time: junitTime(0), Error: e}
}

func newJUnitCase(suite string, c grader.CheckReport, o Options) junitCase {
	out := junitCase{Class: suite + "." + flat(c.Group), Name: flat(c.Name), Time: junitTime(0), Properties: caseProperties(c)}
	switch c.Verdict {
	case grader.Passed:
	case grader.Failed:
		out.Failure = &junitProblem{Message: message(c), Type: cmp.Or(flat(string(c.Kind)), "failed"), Text: details(c, o)}
	default:
		out.Skipped = &junitSkipped{Message: reason(c)}
	}
	return out
}

func suiteProperties(r *grader.Report) []junitProperty {
	return []junitProperty{
		{"exercise.title", flat(r.Exercise.Title)}, {"exercise.hash", flat(r.Exercise.Hash)},
		{"submission", flat(r.Submission.ID)}, {"submission.hash", flat(r.Submission.Hash)},
		{"status", string(r.Status)}, {"score", strconv.Itoa(r.Score)}, {"max_score", strconv.Itoa(r.MaxScore)},
		{"unmeasurable_points", strconv.Itoa(r.Unmeasurable)}, {"seed", strconv.FormatUint(r.Seed, 10)},
		{"grader.version", flat(r.Grader.Version)}, {"go.version", flat(r.Grader.Go)},
	}
}

func caseProperties(c grader.CheckReport) []junitProperty {
	list := []junitProperty{
		{"id", flat(c.ID)}, {"verdict", cmp.Or(string(c.Verdict), "unknown")},
		{"points", strconv.Itoa(c.Points)}, {"max_points", strconv.Itoa(c.MaxPoints)},
	}
	if c.Location != nil && c.Location.IsValid() {
		list = append(list, junitProperty{"file", flat(c.Location.File)}, junitProperty{"line", strconv.Itoa(c.Location.Line)})
	}
	return list
}

// junitTime is a time in seconds. That of a case is always zero: criteria are
// judged together, and only the whole is timed.
func junitTime(ms int64) string { return fmt.Sprintf("%f", elapsed(ms).Seconds()) }
