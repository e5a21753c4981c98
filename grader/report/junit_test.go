package report_test

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/weft-course/weft/grader"
)

func readJUnit(t testing.TB, reports []*grader.Report, out string) (got, want []string) {
	suites, err := junit.Ingest([]byte(out))
	require.NoError(t, err)
	require.Len(t, suites, len(reports))
	for _, s := range suites {
		for _, c := range s.Tests {
			got = append(got, string(c.Status))
		}
		s.Aggregate()
		assert.Equal(t, s.Totals.Tests, s.Totals.Passed+s.Totals.Failed+s.Totals.Error+s.Totals.Skipped)
	}
	countsAgree(t, out)
	junitIsValid(t, out)
	return got, verdictWords(reports, "error", map[grader.Verdict]string{
		grader.Passed: "passed", grader.Failed: "failed", grader.Skipped: "skipped", grader.Unmeasurable: "skipped", grader.Errored: "skipped",
	})
}

// countsAgree compares what the elements of a JUnit document say with what is in them.
func countsAgree(t testing.TB, out string) {
	type counts struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Errors   int `xml:"errors,attr"`
	}
	var doc struct {
		counts
		Suites []struct {
			counts
			Skipped int `xml:"skipped,attr"`
			Cases   []struct {
				Failure *struct{} `xml:"failure"`
				Error   *struct{} `xml:"error"`
				Skipped *struct{} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal([]byte(out), &doc))
	var all counts
	for _, s := range doc.Suites {
		var n counts
		skipped := 0
		for _, c := range s.Cases {
			n.Tests++
			n.Failures += one(c.Failure != nil)
			n.Errors += one(c.Error != nil)
			skipped += one(c.Skipped != nil)
		}
		assert.Equal(t, n, s.counts)
		assert.Equal(t, skipped, s.Skipped)
		all = counts{all.Tests + n.Tests, all.Failures + n.Failures, all.Errors + n.Errors}
	}
	assert.Equal(t, all, doc.counts)
}

func one(b bool) int {
	if b {
		return 1
	}
	return 0
}

// junitElements are the children and attributes of each element, as junit-10.xsd
// of jenkinsci/xunit-plugin has them, and properties of a test case, which
// gotestsum writes and Jenkins' own reader knows.
var junitElements = map[string]string{
	"testsuites": "testsuite name time tests failures errors",
	"testsuite":  "properties testcase name tests failures errors time skipped timestamp",
	"testcase":   "properties skipped error failure name time classname",
	"properties": "property",
	"property":   "name value",
	"failure":    "type message",
	"error":      "type message",
	"skipped":    "message",
}

// junitIsValid reads every token. encoding/xml rejects characters that XML 1.0 forbids.
func junitIsValid(t testing.TB, out string) {
	t.Helper()
	open := []string{}
	d := xml.NewDecoder(strings.NewReader(out))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return
		}
		require.NoError(t, err)
		switch e := token.(type) {
		case xml.StartElement:
			known := strings.Fields(junitElements[e.Name.Local])
			require.NotEmpty(t, known, e.Name.Local)
			for _, a := range e.Attr {
				assert.Contains(t, known, a.Name.Local)
			}
			if len(open) > 0 {
				assert.Contains(t, strings.Fields(junitElements[open[len(open)-1]]), e.Name.Local)
			}
			open = append(open, e.Name.Local)
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}
