// Package report renders the one result of a grading. Each format is a file;
// All is the one list. Formats know the result and nothing of how it came about.
package report

import (
	"fmt"
	"io"
	"strings"

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
}

// Format is a way to write reports.
type Format struct {
	Name  string
	Doc   string // one line for --help
	Write func(w io.Writer, reports []*grader.Report, o Options) error
}

// All returns the formats; the first is the default.
func All() []Format { return []Format{text(), jsonFormat()} }

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
