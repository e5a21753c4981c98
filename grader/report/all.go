// Package report renders the one result of a grading. Each format is a file;
// All is the one list. Formats know the result and nothing of how it came about.
package report

import (
	"crypto/rand"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/weft-course/weft/grader"
)

// Options say how to render.
type Options struct {
	Color   bool
	Verbose bool
	// Source returns a file of the submission for excerpts, by the path that
	// positions name it with. It may be nil.
	Source func(file string) []byte
	// Width is that of the terminal in columns; 0 breaks no lines.
	Width int
	// Story returns the schedule in which a finding of the report happens, run
	// again, and whether there is one. It may be nil.
	Story func(r *grader.Report, f grader.Finding) (Story, bool)
	// Env returns a variable of the environment, for formats that a platform
	// reads; nil is an empty environment.
	Env func(name string) string
	// Dir is the folder where relative positions begin.
	Dir string
	// Now is when the report is written; zero leaves times out where they may be.
	Now time.Time
	// Token returns a word that nobody can guess; nil is [rand.Text].
	Token func() string
	// Result is the file that holds the whole result, where there is one.
	Result string
}

// Format is a way to write reports.
type Format struct {
	Name  string
	Doc   string // one line for --help
	Write func(w io.Writer, reports []*grader.Report, o Options) error
	// Stories says that the format shows what Options.Story returns.
	Stories bool
	// Check, where there is one, says before anything is graded what the
	// environment lacks. It may be nil.
	Check func(o Options) error
	// Also returns what belongs into further files. It may be nil.
	Also func(reports []*grader.Report, o Options) []Appendix
	// Holds names a format that this one contains, so that nobody needs both in
	// the same place.
	Holds string
	// Early says that a file in this format shall be there before anything is
	// graded, for platforms that end the command when it takes too long.
	Early bool
	// AlwaysPassed says that the platform wants exit status 0 whenever
	// something was graded, whatever the verdict.
	AlwaysPassed bool
}

// Appendix is text to be appended to the file that a variable of the
// environment names, where it does.
type Appendix struct{ Variable, Text string }

// All returns the formats; the first is the default.
func All() []Format {
	return []Format{
		text(), jsonFormat(), junitFormat(), markdownFormat(), htmlFormat(), githubFormat(), gradescopeFormat(),
		classroom50Format(), check50Format(), csvFormat(),
	}
}

// Find returns the format of that name. The error names those that there are.
func Find(name string) (Format, error) {
	var names []string
	for _, f := range All() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	return Format{}, fmt.Errorf("format %q is none of %s", name, strings.Join(names, ", "))
}

func (o Options) env(name string) string {
	if o.Env == nil {
		return ""
	}
	return o.Env(name)
}

func (o Options) token() string {
	if o.Token == nil {
		return rand.Text()
	}
	return o.Token()
}
